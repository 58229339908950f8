import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FixPlaces } from './fix-places.ts';
import { FIX_RUNS_MAX } from './limits.ts';

const copyOf = (places: FixPlaces): FixPlaces => {
  const copy = FixPlaces.decode(JSON.parse(JSON.stringify(places.encode())));
  if (copy === undefined) throw new Error('what was encoded is not decoded');
  return copy;
};

describe('places of FIX messages', () => {
  it('go on with exactly the event behind the last that was taken, over any crashes', () => {
    const messages = fc.array(fc.nat(3), { minLength: 1, maxLength: 40 });
    const crashes = fc.array(fc.record({ taken: fc.nat(60), read: fc.nat(40) }), { maxLength: 6 });
    fc.assert(
      fc.property(messages, crashes, (eventsOf, starts) => {
        // What a worker has: each event by its message and place, in their order.
        const stored: string[] = [];
        let places = new FixPlaces();
        for (const { taken, read } of [...starts, { taken: 1e9, read: eventsOf.length }]) {
          places = copyOf(places);
          const { next, skip, lost } = places.resume(stored.length);
          expect(lost).toBeUndefined();
          // CONNECTED comes first and is of no message.
          const sent = ['status'];
          let toSkip = skip;
          for (let at = next; at <= Math.min(eventsOf.length, next + read); at += 1) {
            const count = eventsOf[at - 1] ?? 0;
            const all = Array.from({ length: count }, (_, index) => `${at}.${index}`);
            const number = stored.length + sent.length + 1;
            sent.push(...all.slice(toSkip));
            places.add(at, number - Math.min(toSkip, count), count);
            toSkip = 0;
          }
          stored.push(...sent.slice(0, taken));
        }
        const expected = eventsOf.flatMap((count, at) =>
          Array.from({ length: count }, (_, index) => `${at + 1}.${index}`),
        );
        expect(stored.filter((each) => each !== 'status')).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('take no more room for equal messages, and say what was lost at their bound', () => {
    const places = new FixPlaces();
    for (let at = 1; at <= 1000; at += 1) places.add(at, at, 1);
    expect(places.encode().runs).toHaveLength(1);
    for (let at = 0; at <= FIX_RUNS_MAX; at += 1) places.add(1001 + at, 1001 + 10 * at, 1);
    expect(places.encode().runs).toHaveLength(FIX_RUNS_MAX);
    expect(copyOf(places).resume(5).lost).toEqual({ first: 1, last: 1001 });
    expect(copyOf(places).resume(1021)).toMatchObject({ next: 1004, lost: undefined });
  });
});
