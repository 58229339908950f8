import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BindableProducer, BindingMode } from './binding.ts';
import {
  type BindingLedger,
  type BindingPlan,
  EMPTY_LEDGER,
  type HeldBindings,
  isVacated,
  planBindings,
} from './binding-plan.ts';

/** A worker as far as bindings go: it holds whom it was told, and releases after a while. */
class ModelWorker {
  readonly shard: number;
  generation = 0;
  /** Producers by the looks that their release still takes; undefined while they are bound. */
  readonly #held = new Map<string, number | undefined>();

  constructor(shard: number) {
    this.shard = shard;
  }

  tell({ ledger, bindings }: BindingPlan, looksToRelease: number): void {
    if (ledger.generation < this.generation) throw new Error('an older generation');
    this.generation = ledger.generation;
    const mine = new Set(
      bindings
        .filter(({ shard, moving }) => shard === this.shard && !moving)
        .map(({ producer }) => producer),
    );
    for (const producer of this.#held.keys()) {
      if (!mine.has(producer)) this.#held.set(producer, looksToRelease);
    }
    for (const producer of mine) this.#held.set(producer, undefined);
  }

  look(): HeldBindings {
    for (const [producer, looks] of this.#held) {
      if (looks === 0) this.#held.delete(producer);
      else if (looks !== undefined) this.#held.set(producer, looks - 1);
    }
    const producers = this.holds().map((producer) => ({ producer }));
    return { shard: this.shard, generation: this.generation, producers };
  }

  holds(): string[] {
    return [...this.#held.keys()];
  }
}

const names = ['a', 'b', 'c', 'd', 'e', 'constructor'];
const SHARDS_MAX = 5;

/** One turn: what is wanted from now on, who can be reached, and what breaks off in the midst. */
const turn = fc.record({
  producers: fc.option(
    fc.uniqueArray(
      fc.record({
        name: fc.constantFrom(...names),
        weight: fc.integer({ min: 1, max: 5 }),
        pinnedShard: fc.option(fc.nat(SHARDS_MAX - 1), { nil: undefined, freq: 5 }),
      }),
      { selector: ({ name }) => name },
    ),
    { nil: undefined, freq: 2 },
  ),
  shardCount: fc.option(fc.integer({ min: 1, max: SHARDS_MAX }), { nil: undefined, freq: 2 }),
  deaf: fc.uniqueArray(fc.nat(SHARDS_MAX - 1), { maxLength: 2 }),
  breaksOff: fc.constantFrom('never', 'before it is written', 'before anybody is told'),
  looksToRelease: fc.nat(3),
});

class Model {
  readonly workers = new Map<number, ModelWorker>();
  producers: readonly BindableProducer[] = [];
  shardCount = 1;
  ledger: BindingLedger = EMPTY_LEDGER;
  readonly #mode: BindingMode;
  readonly #contents = new Map<number, string>();

  constructor(mode: BindingMode) {
    this.#mode = mode;
  }

  step({ producers, shardCount, deaf, breaksOff, looksToRelease }: Step): BindingPlan {
    this.producers = producers ?? this.producers;
    this.shardCount = shardCount ?? this.shardCount;
    for (let shard = 0; shard < this.shardCount; shard += 1) {
      if (!this.workers.has(shard)) this.workers.set(shard, new ModelWorker(shard));
    }
    const heard = [...this.workers.values()].filter(({ shard }) => !deaf.includes(shard));
    const held = heard.map((worker) => worker.look());
    const plan = planBindings(this.#mode, this.producers, this.shardCount, this.ledger, held);
    if (breaksOff === 'before it is written') return plan;
    this.ledger = plan.ledger;
    if (breaksOff === 'before anybody is told') return plan;
    this.#expectOneContent(plan);
    for (const worker of heard) {
      if (plan.uninformed.includes(worker.shard)) worker.tell(plan, looksToRelease);
    }
    for (const { shard } of this.workers.values()) {
      const answer = held.find((each) => each.shard === shard);
      if (shard >= this.shardCount && isVacated(shard, this.ledger, answer)) {
        assert.deepEqual(this.workers.get(shard)?.holds(), []);
        this.workers.delete(shard);
      }
    }
    this.expectNobodyTwice();
    return plan;
  }

  expectNobodyTwice(): void {
    const all = [...this.workers.values()].flatMap((worker) => worker.holds());
    assert.equal(new Set(all).size, all.length, `somebody is at two shards: ${all.join()}`);
  }

  #expectOneContent({ ledger, bindings }: BindingPlan): void {
    const content = JSON.stringify(bindings);
    assert.equal(this.#contents.get(ledger.generation) ?? content, content);
    this.#contents.set(ledger.generation, content);
  }
}

type Step = typeof turn extends fc.Arbitrary<infer Value> ? Value : never;

const calm: Step = {
  producers: undefined,
  shardCount: undefined,
  deaf: [],
  breaksOff: 'never',
  looksToRelease: 0,
};

/** More than any release and move takes when nothing is in the way. */
const CALM_TURNS = 20;

test.each(['OneToOne', 'Bounded'] as const)(
  '%s: no producer is ever at two shards, and in the end each is at its own',
  (mode) => {
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 30 }), (turns) => {
        const model = new Model(mode);
        for (const each of turns) model.step(each);
        for (let at = 0; at < CALM_TURNS; at += 1) model.step(calm);
        const plan = model.step(calm);
        expect(plan.isChanged).toBe(false);
        expect(plan.uninformed).toEqual([]);
        expect(plan.ledger.leaving).toEqual({});
        expect(plan.bindings.length + plan.unbound.length).toBe(model.producers.length);
        for (const { producer, shard } of plan.bindings) {
          expect(model.workers.get(shard)?.holds()).toContain(producer);
        }
        expect(model.workers.size).toBe(model.shardCount);
      }),
      { numRuns: 300 },
    );
  },
);

test('a lost ledger is made again from what the workers hold, and moves nobody', () => {
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 10 }), (turns) => {
      const model = new Model('Bounded');
      for (const each of turns) model.step(each);
      for (let at = 0; at < CALM_TURNS; at += 1) model.step(calm);
      const before = model.ledger;
      model.ledger = EMPTY_LEDGER;
      model.step(calm);
      expect(model.ledger.shardOf).toEqual(before.shardOf);
      if (before.generation > 0) {
        expect(model.ledger.generation).toBeGreaterThan(before.generation - 1);
      }
    }),
    { numRuns: 100 },
  );
});
