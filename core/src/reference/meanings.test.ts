import { describe, expect, it } from 'vitest';
import { SYMBOL_MEANINGS_MAX } from '../limits.ts';
import { Meanings } from './meanings.ts';

function meaningsOf(...stretches: [bigint, bigint, string][]): Meanings<string> {
  const meanings = new Meanings<string>();
  for (const [from, to, value] of stretches) meanings.set(from, to, value);
  return meanings;
}

describe('what a symbol means', () => {
  it('always, where it has one meaning without bounds', () => {
    expect(meaningsOf([0n, 0n, 'a']).always).toBe('a');
    expect(meaningsOf([0n, 0n, 'a'], [0n, 0n, 'b']).always).toBe('b');
    expect(meaningsOf([0n, 100n, 'a']).always).toBeUndefined();
    expect(meaningsOf().always).toBeUndefined();
  });

  it('begins at its first nanosecond and ends before its last', () => {
    const meanings = meaningsOf([100n, 200n, 'a']);
    expect([99n, 100n, 199n, 200n].map((nanos) => meanings.at(nanos))).toEqual([
      undefined,
      'a',
      'a',
      undefined,
    ]);
  });

  it('is replaced where something else is said, and stays before and after it', () => {
    const meanings = meaningsOf([0n, 0n, 'a'], [100n, 200n, 'b']);
    expect(meanings.all()).toEqual([
      { fromNanos: 0n, toNanos: 100n, value: 'a' },
      { fromNanos: 100n, toNanos: 200n, value: 'b' },
      { fromNanos: 200n, toNanos: 0n, value: 'a' },
    ]);
  });

  it('is nothing where it would end before it begins', () => {
    expect(meaningsOf([200n, 100n, 'a']).all()).toEqual([]);
  });

  it('is forgotten, the oldest first, at the bound', () => {
    const meanings = new Meanings<number>();
    for (let at = 0; at < SYMBOL_MEANINGS_MAX + 5; at += 1) {
      meanings.set(BigInt(at * 10 + 1), BigInt(at * 10 + 2), at);
    }
    expect(meanings.all()).toHaveLength(SYMBOL_MEANINGS_MAX);
    expect(meanings.at(1n)).toBeUndefined();
  });
});
