import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindProducers } from './bind-producers.ts';
import type { BindableProducer, BindingMode, BindingResult } from './binding.ts';

const modes = ['OneToOne', 'Bounded'] as const satisfies readonly BindingMode[];
const SHARDS_MAX = 8;

const producer: fc.Arbitrary<BindableProducer> = fc.record({
  name: fc.stringMatching(/^[a-z]{1,3}$/),
  weight: fc.integer({ min: 1, max: 20 }),
  pinnedShard: fc.option(fc.nat(SHARDS_MAX), { nil: undefined, freq: 4 }),
});
const producers = fc.uniqueArray(producer, { selector: ({ name }) => name, maxLength: 24 });
const floating = producers.map((all) => all.map(({ name, weight }) => ({ name, weight })));
const shardCount = fc.integer({ min: 1, max: SHARDS_MAX });

/** A binding that came about in several steps, so that it is not what a fresh one would be. */
const history = (mode: BindingMode): fc.Arbitrary<BindingResult> =>
  fc.array(fc.tuple(producers, shardCount), { minLength: 1, maxLength: 3 }).map((steps) => {
    let result: BindingResult | undefined;
    for (const [all, count] of steps) result = bindProducers(mode, all, count, result);
    return result as BindingResult;
  });

const names = (all: readonly BindableProducer[]): string[] => all.map(({ name }) => name);
const sorted = (result: BindingResult) => ({
  shardOf: [...result.shardOf].sort(([a], [b]) => (a < b ? -1 : 1)),
  unbound: result.unbound.toSorted((a, b) => (a.producer < b.producer ? -1 : 1)),
});

function loadsOf(all: readonly BindableProducer[], result: BindingResult): number[] {
  const loads = Array.from({ length: result.shardCount }, () => 0);
  for (const { name, weight } of all) {
    const shard = result.shardOf.get(name);
    if (shard !== undefined) loads[shard] = (loads[shard] as number) + weight;
  }
  return loads;
}

function movedBetween(before: BindingResult, after: BindingResult): string[] {
  return [...before.shardOf.keys()].filter(
    (name) => after.shardOf.has(name) && after.shardOf.get(name) !== before.shardOf.get(name),
  );
}

describe.for(modes)('a binding in mode %s', (mode) => {
  it('binds every producer to exactly one existing shard, or says why it is unbound', () => {
    fc.assert(
      fc.property(producers, shardCount, history(mode), (all, count, previous) => {
        const { shardOf, unbound } = bindProducers(mode, all, count, previous);
        const told = [...shardOf.keys(), ...unbound.map((each) => each.producer)];
        expect(told.sort()).toEqual(names(all).sort());
        for (const shard of shardOf.values()) expect(shard >= 0 && shard < count).toBe(true);
        for (const { reason } of unbound) expect(reason).toMatch(/^It is pinned|^Each of the/);
      }),
    );
  });

  it('does not depend on the order in which producers are given', () => {
    const shuffled = producers.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, shardCount, history(mode), ([all, permuted], count, previous) => {
        const result = bindProducers(mode, all, count, previous);
        expect(sorted(bindProducers(mode, permuted, count, previous))).toEqual(sorted(result));
      }),
    );
  });

  it('stays as it is when nothing changes', () => {
    fc.assert(
      fc.property(producers, shardCount, history(mode), (all, count, previous) => {
        const result = bindProducers(mode, all, count, previous);
        expect(sorted(bindProducers(mode, all, count, result))).toEqual(sorted(result));
      }),
    );
  });

  it('moves no other producer when one is added', () => {
    fc.assert(
      fc.property(producers, producer, shardCount, history(mode), (all, added, count, previous) => {
        const others = all.filter(({ name }) => name !== added.name);
        const before = bindProducers(mode, others, count, previous);
        const after = bindProducers(mode, [...others, added], count, before);
        for (const [name, shard] of before.shardOf) expect(after.shardOf.get(name)).toBe(shard);
      }),
    );
  });

  it('moves no other producer when one is removed', () => {
    fc.assert(
      fc.property(producers, fc.nat(), shardCount, history(mode), (all, at, count, previous) => {
        const before = bindProducers(mode, all, count, previous);
        const rest = all.filter((_, index) => index !== at % Math.max(all.length, 1));
        const after = bindProducers(mode, rest, count, before);
        expect(movedBetween(before, after)).toEqual([]);
      }),
    );
  });

  it('moves only the producers of a shard that is removed', () => {
    fc.assert(
      fc.property(producers, shardCount, history(mode), (all, count, previous) => {
        const before = bindProducers(mode, all, count + 1, previous);
        const after = bindProducers(mode, all, count, before);
        for (const [name, shard] of before.shardOf) {
          if (shard < count) expect(after.shardOf.get(name)).toBe(shard);
        }
      }),
    );
  });

  it('moves to added shards no more than their fair share, and nothing between others', () => {
    fc.assert(
      fc.property(
        floating,
        shardCount,
        fc.integer({ min: 1, max: 3 }),
        history(mode),
        (all, count, added, previous) => {
          const before = bindProducers(mode, all, count, previous);
          const after = bindProducers(mode, all, count + added, before);
          const moved = movedBetween(before, after);
          for (const name of moved) expect(after.shardOf.get(name)).toBeGreaterThanOrEqual(count);
          const weightOf = new Map(all.map(({ name, weight }) => [name, weight]));
          const weightMoved = moved.reduce((sum, name) => sum + (weightOf.get(name) ?? 0), 0);
          const weightTotal = all.reduce((sum, { weight }) => sum + weight, 0);
          expect(weightMoved * (count + added)).toBeLessThanOrEqual(weightTotal * added);
        },
      ),
    );
  });

  it('never binds a pinned producer elsewhere', () => {
    fc.assert(
      fc.property(producers, shardCount, history(mode), (all, count, previous) => {
        const { shardOf } = bindProducers(mode, all, count, previous);
        for (const { name, pinnedShard } of all) {
          const shard = shardOf.get(name);
          if (pinnedShard !== undefined && shard !== undefined) expect(shard).toBe(pinnedShard);
        }
      }),
    );
  });

  it('refuses two producers of one name, a weight of 0 and no shards', () => {
    const one = { name: 'a', weight: 1 };
    expect(() => bindProducers(mode, [one, one], 1, undefined)).toThrow('the same name');
    expect(() => bindProducers(mode, [{ name: 'a', weight: 0 }], 1, undefined)).toThrow('weight');
    expect(() => bindProducers(mode, [one], 0, undefined)).toThrow('shardCount is 0');
  });
});

describe('OneToOne', () => {
  it('gives a shard to one producer only, and leaves none free while one waits', () => {
    fc.assert(
      fc.property(producers, shardCount, history('Bounded'), (all, count, previous) => {
        const { shardOf, unbound } = bindProducers('OneToOne', all, count, previous);
        expect(new Set(shardOf.values()).size).toBe(shardOf.size);
        const waiting = new Set(unbound.map((each) => each.producer));
        const isWaiting = all.some(
          (each) => each.pinnedShard === undefined && waiting.has(each.name),
        );
        if (isWaiting) expect(shardOf.size).toBe(count);
      }),
    );
  });

  it('says who holds the shard that a producer is pinned to', () => {
    const before = bindProducers('OneToOne', [{ name: 'b', weight: 1 }], 1, undefined);
    const all = [
      { name: 'b', weight: 1 },
      { name: 'a', weight: 1, pinnedShard: 0 },
      { name: 'c', weight: 1 },
      { name: 'd', weight: 1, pinnedShard: 4 },
    ];
    const { shardOf, unbound } = bindProducers('OneToOne', all, 1, before);
    expect([...shardOf]).toEqual([['b', 0]]);
    expect(unbound).toEqual([
      {
        producer: 'd',
        reason:
          'It is pinned to shard 4, but the shards are 0 to 0. ' +
          'Pin it to one of these, or raise the number of shards.',
      },
      {
        producer: 'a',
        reason:
          'It is pinned to shard 0, which producer b holds, and a shard takes one producer ' +
          '(OneToOne). Pin it to a free shard, or remove the other producer first.',
      },
      {
        producer: 'c',
        reason:
          'Each of the 1 shards has its producer, and a shard takes one (OneToOne). ' +
          'Raise the number of shards, or remove a producer.',
      },
    ]);
  });
});

describe('Bounded', () => {
  it('binds every producer whose pin exists', () => {
    fc.assert(
      fc.property(producers, shardCount, history('Bounded'), (all, count, previous) => {
        const { shardOf } = bindProducers('Bounded', all, count, previous);
        for (const { name, pinnedShard } of all) {
          expect(shardOf.has(name)).toBe(pinnedShard === undefined || pinnedShard < count);
        }
      }),
    );
  });

  it('loads no shard above 1.25 times the average, or it plus the heaviest producer', () => {
    fc.assert(
      fc.property(floating, shardCount, (all, count) => {
        const total = all.reduce((sum, { weight }) => sum + weight, 0);
        const heaviest = Math.max(0, ...all.map(({ weight }) => weight));
        const bound = Math.max((1.25 * total) / count, total / count + heaviest);
        const loads = loadsOf(all, bindProducers('Bounded', all, count, undefined));
        expect(Math.max(...loads)).toBeLessThanOrEqual(bound);
      }),
    );
  });

  it('uses a shard that is added to full ones', () => {
    const all = Array.from({ length: 12 }, (_, index) => ({ name: `feed-${index}`, weight: 1 }));
    const before = bindProducers('Bounded', all, 3, undefined);
    const after = bindProducers('Bounded', all, 4, before);
    expect(loadsOf(all, after)[3]).toBe(3);
    expect(Math.max(...loadsOf(all, after))).toBeLessThanOrEqual(4);
  });

  it('spreads many producers by attraction: most stay when one shard is added', () => {
    const all = Array.from({ length: 400 }, (_, index) => ({ name: `feed-${index}`, weight: 1 }));
    const four = bindProducers('Bounded', all, 4, undefined);
    const five = bindProducers('Bounded', all, 5, undefined);
    // Without any memory of the former binding, about a fifth of the producers has to move.
    expect(movedBetween(four, five).length).toBeLessThan(120);
  });
});
