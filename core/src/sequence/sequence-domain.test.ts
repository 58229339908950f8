import { SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Int64 } from '../event.ts';
import { canonicalInt64 } from '../fixed-point.ts';
import { OPEN_HOLES_MAX } from '../limits.ts';
import { SequenceDomain, SequenceVerdict } from './sequence-domain.ts';

const { DENSE, RANGE, LINKED, SPARSE, UNSPECIFIED } = SequenceKind;
const { IN_ORDER, DUPLICATE, GAP, FILLS_GAP, REORDERED, REGRESSION } = SequenceVerdict;

const verdicts = (domain: SequenceDomain, sequences: readonly Int64[]): SequenceVerdict[] =>
  sequences.map((sequence) => domain.observe(DENSE, sequence));

describe('a DENSE sequence', () => {
  it('takes what follows, tells copies, and reports exactly what is missing', () => {
    const domain = new SequenceDomain();
    expect(verdicts(domain, [7, 8, 8, 9])).toEqual([IN_ORDER, IN_ORDER, DUPLICATE, IN_ORDER]);
    expect(domain.observe(DENSE, 13)).toBe(GAP);
    expect(domain.opened).toEqual([{ firstMissing: 10, lastMissing: 12, missing: 3 }]);
    expect(domain.observe(DENSE, 14)).toBe(IN_ORDER);
  });

  it('recognises a late message of a known gap, once, and says when the gap is complete', () => {
    const domain = new SequenceDomain();
    verdicts(domain, [1, 5]);
    expect(verdicts(domain, [3, 3])).toEqual([FILLS_GAP, DUPLICATE]);
    expect(domain.openGaps()).toEqual([{ firstMissing: 2, lastMissing: 4, missing: 2 }]);
    expect(domain.observe(DENSE, 2)).toBe(FILLS_GAP);
    expect(domain.repaired).toEqual([]);
    expect(domain.observe(DENSE, 4)).toBe(FILLS_GAP);
    expect(domain.repaired).toEqual([{ firstMissing: 2, lastMissing: 4, missing: 0 }]);
    expect(domain.openGaps()).toEqual([]);
  });

  it('does not call a copy what came before the first message it knows', () => {
    expect(verdicts(new SequenceDomain(), [100, 50, 100])).toEqual([
      IN_ORDER,
      REGRESSION,
      DUPLICATE,
    ]);
  });

  it('takes messages that carry several sequences', () => {
    const domain = new SequenceDomain();
    expect(domain.observe(DENSE, 1, 10)).toBe(IN_ORDER);
    expect(domain.observe(DENSE, 11, 11)).toBe(IN_ORDER);
    expect(domain.observe(DENSE, 20, 24)).toBe(GAP);
    expect(domain.observe(DENSE, 12, 19)).toBe(FILLS_GAP);
    expect(domain.highest).toBe(24);
  });

  it('counts on beyond 2^53 and up to the end of 64 bits', () => {
    const around = new SequenceDomain();
    const limit = 2n ** 53n;
    const run = [-2n, -1n, 0n, 1n, 3n, 2n].map((offset) => canonicalInt64(limit + offset));
    expect(verdicts(around, run)).toEqual([IN_ORDER, IN_ORDER, IN_ORDER, IN_ORDER, GAP, FILLS_GAP]);
    const end = new SequenceDomain();
    const last = 2n ** 64n - 1n;
    expect(verdicts(end, [last - 5n, last, last, last - 1n])).toEqual([
      IN_ORDER,
      GAP,
      DUPLICATE,
      FILLS_GAP,
    ]);
    expect(end.openGaps()).toEqual([
      { firstMissing: last - 4n, lastMissing: last - 1n, missing: 3 },
    ]);
  });

  it('reports, over any loss, copying and delay, what a set of sequences says', () => {
    const arrivals = fc.array(
      fc.oneof(
        fc.record({ skip: fc.integer({ min: 0, max: 3 }) }),
        fc.record({ back: fc.integer({ min: 0, max: 30 }) }),
      ),
      { maxLength: 120 },
    );
    const starts = fc.constantFrom(100n, 2n ** 32n - 5n, 2n ** 53n - 40n, 2n ** 63n);
    fc.assert(
      fc.property(starts, arrivals, (start, steps) => {
        const domain = new SequenceDomain();
        expect(domain.observe(DENSE, canonicalInt64(start))).toBe(IN_ORDER);
        const seen = new Set([start]);
        let highest = start;
        for (const step of steps) {
          const isAdvance = 'skip' in step;
          const sequence = isAdvance
            ? highest + 1n + BigInt(step.skip)
            : highest - BigInt(step.back);
          const verdict = domain.observe(DENSE, canonicalInt64(sequence));
          if (isAdvance) expect(verdict).toBe(step.skip === 0 ? IN_ORDER : GAP);
          else if (seen.has(sequence)) expect(verdict).toBe(DUPLICATE);
          else expect(verdict).toBe(sequence < start ? REGRESSION : FILLS_GAP);
          if (sequence >= start) seen.add(sequence);
          if (sequence > highest) highest = sequence;
        }
        const missing = domain.openGaps().reduce((sum, gap) => sum + BigInt(gap.missing), 0n);
        expect(missing).toBe(highest - start + 1n - BigInt(seen.size));
      }),
      { numRuns: 300 },
    );
  });

  it('gives up the oldest gap at the bound, and then no longer calls its messages copies', () => {
    const domain = new SequenceDomain();
    for (let sequence = 1; sequence <= 2 * OPEN_HOLES_MAX + 3; sequence += 2) {
      domain.observe(DENSE, sequence);
    }
    expect(domain.openGaps().length).toBe(OPEN_HOLES_MAX);
    expect(verdicts(domain, [2, 1, 4])).toEqual([REGRESSION, REGRESSION, FILLS_GAP]);
  });
});

describe('a reorder window', () => {
  it('reports nothing for messages that are overtaken by no more than it allows', () => {
    const domain = new SequenceDomain(3);
    expect(verdicts(domain, [1, 3, 4, 5, 2, 6])).toEqual([
      IN_ORDER,
      IN_ORDER,
      IN_ORDER,
      IN_ORDER,
      REORDERED,
      IN_ORDER,
    ]);
    expect(domain.openGaps()).toEqual([]);
  });

  it('reports a gap with the first message that overtakes beyond it', () => {
    const domain = new SequenceDomain(3);
    expect(verdicts(domain, [1, 4, 5, 6, 7])).toEqual([
      IN_ORDER,
      IN_ORDER,
      IN_ORDER,
      IN_ORDER,
      GAP,
    ]);
    expect(domain.opened).toEqual([{ firstMissing: 2, lastMissing: 3, missing: 2 }]);
    expect(verdicts(domain, [3, 8])).toEqual([FILLS_GAP, IN_ORDER]);
  });

  it('reports both ends of a hole whose middle came in time', () => {
    const domain = new SequenceDomain(2);
    verdicts(domain, [1, 5, 3, 6]);
    expect(domain.observe(DENSE, 7)).toBe(GAP);
    expect(domain.opened.map((gap) => gap.firstMissing)).toEqual([2, 4]);
  });

  it('reports what it still waits for when the session ends', () => {
    const domain = new SequenceDomain(15);
    verdicts(domain, [1, 3]);
    domain.settle();
    expect(domain.opened).toEqual([{ firstMissing: 2, lastMissing: 2, missing: 1 }]);
  });

  it('finds no gap in any order in which nobody is overtaken by more than its size', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(15), { maxLength: 200 }), (delays) => {
        const arrivals = delays
          .map((delay, index) => ({ sequence: index + 1, at: index + delay }))
          .toSorted((a, b) => a.at - b.at || a.sequence - b.sequence);
        const domain = new SequenceDomain(15);
        // The first message known defines the start, so it has to be the first sent.
        domain.observe(DENSE, 0);
        const seen = verdicts(
          domain,
          arrivals.map(({ sequence }) => sequence),
        );
        expect(seen.every((verdict) => verdict === IN_ORDER || verdict === REORDERED)).toBe(true);
        expect(domain.openGaps()).toEqual([]);
      }),
    );
  });
});

describe('a RANGE sequence', () => {
  it('accepts an overlap, skips what is contained, and reports what a range leaves out', () => {
    const domain = new SequenceDomain();
    expect(domain.observe(RANGE, 100, 110)).toBe(IN_ORDER);
    expect(domain.observe(RANGE, 105, 112)).toBe(IN_ORDER);
    expect(domain.observe(RANGE, 101, 112)).toBe(DUPLICATE);
    expect(domain.observe(RANGE, 115, 120)).toBe(GAP);
    expect(domain.opened).toEqual([{ firstMissing: 113, lastMissing: 114, missing: 2 }]);
  });

  it('goes on after a snapshot with the first range that reaches beyond it', () => {
    const domain = new SequenceDomain();
    domain.resync(1000);
    expect(domain.observe(RANGE, 990, 1000)).toBe(DUPLICATE);
    expect(domain.observe(RANGE, 998, 1004)).toBe(IN_ORDER);
  });
});

describe('a LINKED sequence', () => {
  it('follows the links, and takes what a broken one leaves out for missing', () => {
    const domain = new SequenceDomain();
    expect(domain.observe(LINKED, 10, 12, 8)).toBe(IN_ORDER);
    expect(domain.observe(LINKED, 15, 19, 12)).toBe(IN_ORDER);
    expect(domain.observe(LINKED, 15, 19, 12)).toBe(DUPLICATE);
    expect(domain.observe(LINKED, 30, 31, 25)).toBe(GAP);
    expect(domain.opened).toEqual([{ firstMissing: 20, lastMissing: 25, missing: 6 }]);
  });

  it('needs no sequenceEnd', () => {
    const domain = new SequenceDomain();
    domain.observe(LINKED, 10, 0, 0);
    expect(domain.observe(LINKED, 14, 0, 10)).toBe(IN_ORDER);
    expect(domain.observe(LINKED, 17, 0, 16)).toBe(GAP);
  });

  it('is repaired by a snapshot', () => {
    const domain = new SequenceDomain();
    domain.observe(LINKED, 10, 0, 9);
    domain.observe(LINKED, 30, 0, 20);
    domain.resync(40);
    expect(domain.repaired).toEqual([{ firstMissing: 11, lastMissing: 20, missing: 0 }]);
    expect(domain.observe(LINKED, 45, 0, 38)).toBe(IN_ORDER);
  });
});

describe('a SPARSE sequence', () => {
  it('never has a gap or a copy, only steps back', () => {
    const domain = new SequenceDomain();
    const seen = [5, 90, 90, 91, 17, 400].map((sequence) => domain.observe(SPARSE, sequence));
    expect(seen).toEqual([IN_ORDER, IN_ORDER, IN_ORDER, IN_ORDER, REGRESSION, IN_ORDER]);
    const wide = [2n ** 60n, 2n ** 60n - 1n].map((sequence) => domain.observe(SPARSE, sequence));
    expect(wide).toEqual([IN_ORDER, REGRESSION]);
  });
});

it('says nothing about messages without a sequence', () => {
  const domain = new SequenceDomain();
  expect([0, 5, 1].map((sequence) => domain.observe(UNSPECIFIED, sequence))).toEqual([
    IN_ORDER,
    IN_ORDER,
    IN_ORDER,
  ]);
});
