import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReorderWindow } from './reorder-window.ts';

const BOUNDS = { itemsMax: 3, waitNanosMax: 100n };

/** Takes numbers as they come, each at its place in time; what goes on, by step. */
function pushed(numbers: readonly number[], bounds = BOUNDS): number[][] {
  const window = new ReorderWindow<number>(bounds);
  return numbers.map((number, at) => window.push(number, number, number, BigInt(at)));
}

describe('ReorderWindow', () => {
  it('holds what comes too early until the numbers before it are there', () => {
    expect(pushed([1, 3, 4, 2, 5])).toEqual([[1], [], [], [2, 3, 4], [5]]);
  });

  it('gives a number up when too many wait for it, and lets it through late', () => {
    expect(pushed([1, 3, 4, 5, 6, 7, 2])).toEqual([[1], [], [], [], [3, 4, 5, 6], [7], [2]]);
  });

  it('gives a number up when what follows has waited for too long', () => {
    const window = new ReorderWindow<string>(BOUNDS);
    window.push(1, 1, 'a', 0n);
    expect(window.push(3, 3, 'c', 10n)).toEqual([]);
    expect(window.expire(110n)).toEqual([]);
    expect(window.expire(111n)).toEqual(['c']);
    expect(window.waiting).toBe(0);
    expect(window.push(4, 4, 'd', 112n)).toEqual(['d']);
  });

  it('does not wait for what is known by other means', () => {
    const window = new ReorderWindow<number>(BOUNDS);
    expect(window.skipTo(10)).toEqual([]);
    expect(window.push(12, 12, 12, 0n)).toEqual([]);
    expect(window.push(15, 15, 15, 0n)).toEqual([]);
    expect(window.skipTo(11)).toEqual([12]);
    expect(window.push(13, 14, 13, 0n)).toEqual([13, 15]);
  });

  it('takes ranges, and numbers beyond 2^53', () => {
    const window = new ReorderWindow<string>(BOUNDS);
    const far = 17_843_232_920_108_168_701n;
    expect(window.push(far, far + 4n, 'a', 0n)).toEqual(['a']);
    expect(window.push(far + 7n, far + 9n, 'c', 1n)).toEqual([]);
    expect(window.push(far + 5n, far + 6n, 'b', 2n)).toEqual(['b', 'c']);
  });

  it('lets everything that waits go on in order at the end', () => {
    const window = new ReorderWindow<number>(BOUNDS);
    for (const number of [1, 6, 4]) window.push(number, number, number, 0n);
    expect(window.flush()).toEqual([4, 6]);
  });

  it('gives every order within its bounds back in order, and loses nothing beyond', () => {
    const shifts = fc.array(fc.nat(6), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(shifts, (places) => {
        const sorted = places.map((shift, index) => ({ number: index + 1, at: index + shift }));
        const arrival = [1, ...sorted.sort((a, b) => a.at - b.at).map((each) => each.number + 1)];
        const window = new ReorderWindow<number>({ itemsMax: 6, waitNanosMax: 1000n });
        const out = arrival.flatMap((each, at) => window.push(each, each, each, BigInt(at)));
        out.push(...window.flush());
        expect(out).toEqual(arrival.toSorted((a, b) => a - b));
      }),
    );
    const any = fc.uniqueArray(fc.integer({ min: 1, max: 50 }));
    fc.assert(
      fc.property(any, (arrival) => {
        const window = new ReorderWindow<number>(BOUNDS);
        const out = arrival.flatMap((each, at) => window.push(each, each, each, BigInt(at)));
        out.push(...window.flush());
        expect(new Set(out)).toEqual(new Set(arrival));
        expect(out).toHaveLength(arrival.length);
      }),
    );
  });
});
