import { SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StateReader } from '../state/state-reader.ts';
import { StateWriter } from '../state/state-writer.ts';
import { SequenceVerdict } from './sequence-domain.ts';
import { SequenceDomains } from './sequence-domains.ts';

const { DENSE } = SequenceKind;

it('counts every symbol, session and epoch on its own', () => {
  const domains = new SequenceDomains();
  for (const [key, session, epoch] of [
    ['BTCUSDT', '', 0],
    ['ETHUSDT', '', 0],
    ['BTCUSDT', 'line-b', 0],
    ['BTCUSDT', '', 1],
  ] as const) {
    expect(domains.find(key, session, epoch).observe(DENSE, 1)).toBe(SequenceVerdict.IN_ORDER);
    expect(domains.find(key, session, epoch).observe(DENSE, 2)).toBe(SequenceVerdict.IN_ORDER);
  }
  expect([...domains.all()].length).toBe(4);
});

it('knows a message that comes late from the epoch before a reconnect', () => {
  const domains = new SequenceDomains();
  domains.find('A', '', 1).observe(DENSE, 100);
  domains.find('A', '', 1).observe(DENSE, 102);
  domains.find('A', '', 2).observe(DENSE, 1);
  expect(domains.find('A', '', 1).observe(DENSE, 101)).toBe(SequenceVerdict.FILLS_GAP);
  expect(domains.find('A', '', 2).observe(DENSE, 2)).toBe(SequenceVerdict.IN_ORDER);
});

it('forgets the domain unused longest, and the key made first, at its bounds', () => {
  const domains = new SequenceDomains(0, { keys: 2, domainsPerKey: 2 });
  domains.find('A', '', 1).observe(DENSE, 10);
  domains.find('A', '', 2).observe(DENSE, 10);
  domains.find('A', '', 1).observe(DENSE, 11);
  domains.find('A', '', 3).observe(DENSE, 10);
  expect([...domains.all()].map(({ epoch }) => epoch)).toEqual([3, 1]);
  domains.find('B', '', 0);
  domains.find('C', '', 0);
  expect([...domains.all()].map(({ key }) => key)).toEqual(['B', 'C']);
});

it('gives the same verdicts after a checkpoint as without one', () => {
  const step = fc.record({
    key: fc.constantFrom('A', 'B'),
    session: fc.constantFrom('', 's'),
    epoch: fc.nat(3),
    kind: fc.constantFrom(0, 1, 1, 2, 3, 4) as fc.Arbitrary<SequenceKind>,
    sequence: fc.oneof(fc.nat(40), fc.bigInt({ min: 2n ** 63n, max: 2n ** 63n + 40n })),
    length: fc.nat(3),
    isSnapshot: fc.boolean(),
  });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
  const run = (domains: SequenceDomains, steps: readonly Step[]): string[] =>
    steps.map(({ key, session, epoch, kind, sequence, length, isSnapshot }) => {
      const domain = domains.find(key, session, epoch);
      const end = typeof sequence === 'number' ? sequence + length : sequence + BigInt(length);
      const verdict = isSnapshot
        ? domain.resync(sequence)
        : domain.observe(kind, sequence, end, typeof sequence === 'number' ? sequence - 1 : 0);
      // Only these calls fill the lists; after any other they are what they were.
      const isListed =
        isSnapshot || verdict === SequenceVerdict.GAP || verdict === SequenceVerdict.FILLS_GAP;
      const changed = isListed ? [domain.opened, domain.repaired] : [];
      const lists = [changed, domain.openGaps(), domain.highest];
      return JSON.stringify([verdict, lists], (_, each: unknown) =>
        typeof each === 'bigint' ? String(each) : each,
      );
    });
  const encode = (domains: SequenceDomains): Uint8Array => {
    const writer = new StateWriter();
    domains.writeState(writer);
    return writer.finish();
  };
  fc.assert(
    fc.property(fc.array(step), fc.array(step), fc.nat(4), (prefix, suffix, reorderWindow) => {
      const whole = new SequenceDomains(reorderWindow);
      run(whole, prefix);
      const bytes = encode(whole);
      const reader = new StateReader(bytes);
      const restored = SequenceDomains.readState(reader, reorderWindow);
      expect(reader.isAtEnd).toBe(true);
      expect(encode(restored)).toEqual(bytes);
      expect(run(restored, suffix)).toEqual(run(whole, suffix));
      expect(encode(restored)).toEqual(encode(whole));
    }),
  );
});
