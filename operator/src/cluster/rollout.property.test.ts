import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ANNOTATIONS } from '../names.ts';
import type { PodTemplate } from '../objects.ts';
import { planRollout, type RolloutLedger, type RolloutStep, type ShardPod } from './rollout.ts';

const template = (hash: string): PodTemplate => ({
  metadata: { labels: {}, annotations: { [ANNOTATIONS.template]: hash } },
  spec: {},
});

interface ModelPod {
  readonly shard: number;
  readonly hash: string;
  /** Looks until it is ready, if it ever is. */
  looks: number;
}

const DEADLINE_MS = 10;
const bad = (hash: string): boolean => hash.startsWith('bad');

/**
 * A StatefulSet as its controller works on it: pods from the partition on are made anew one at a
 * time, the highest first; a pod that is gone comes back as current or, from the partition on, as
 * updated revision.
 */
class ModelSet {
  readonly pods = new Map<number, ModelPod>();
  readonly replicas: number;
  current = 'none';
  ledger: RolloutLedger = {};
  /** Pods that the rollout has taken down since the last look. */
  replaced = 0;
  #unsettledMs = 0;
  #waitingFor: string | undefined;

  constructor(replicas: number) {
    this.replicas = replicas;
  }

  look(wanted: string, isSinkAway: boolean): RolloutStep {
    const pods = [...this.pods.values()].map((pod) => this.#view(pod, isSinkAway));
    const step = planRollout({
      wanted: template(wanted),
      ledger: this.ledger,
      replicas: this.replicas,
      pods,
      unsettledMs: this.#unsettledMs,
      waitingFor: this.#waitingFor,
      deadlineMs: DEADLINE_MS,
      troubleGraceMs: 3,
    });
    this.ledger = step.ledger;
    this.#unsettledMs = step.waitingFor === this.#waitingFor ? this.#unsettledMs + 1 : 0;
    this.#waitingFor = step.waitingFor;
    return step;
  }

  /** What the controller does about a step. */
  control({ template: { metadata }, partition, hopeless }: RolloutStep): void {
    const update = metadata.annotations[ANNOTATIONS.template] ?? '';
    if (this.current === 'none') this.current = update;
    for (const shard of hopeless) this.pods.delete(shard);
    const revisionOf = (shard: number): string => (shard >= partition ? update : this.current);
    for (let shard = 0; shard < this.replicas; shard += 1) {
      if (!this.pods.has(shard)) {
        this.pods.set(shard, { shard, hash: revisionOf(shard), looks: 2 });
      }
    }
    this.replaced = 0;
    for (let shard = this.replicas - 1; shard >= partition; shard -= 1) {
      const pod = this.pods.get(shard);
      if (pod?.hash !== update) {
        this.pods.delete(shard);
        this.replaced += 1;
        return;
      }
      if (pod.looks > 0) return;
    }
    if (partition === 0) this.current = update;
  }

  #view(pod: ModelPod, isSinkAway: boolean): ShardPod {
    if (pod.looks > 0 && !bad(pod.hash)) pod.looks -= 1;
    const isReady = pod.looks === 0 && !bad(pod.hash);
    const trouble = bad(pod.hash) ? 'ImagePullBackOff' : undefined;
    return { shard: pod.shard, hash: pod.hash, isReady, isCaughtUp: !isSinkAway, trouble };
  }
}

const turn = fc.record({
  wanted: fc.option(fc.constantFrom('a', 'b', 'c', 'bad-1', 'bad-2'), { nil: undefined, freq: 2 }),
  crashes: fc.option(fc.nat(3), { nil: undefined, freq: 3 }),
  isSinkAway: fc.boolean(),
});

/** Longer than replacing every shard twice takes. */
const CALM_LOOKS = 120;

function run(set: ModelSet, wanted: string, looks: number): RolloutStep {
  let step = set.look(wanted, false);
  for (let at = 0; at < looks; at += 1) {
    set.control(step);
    step = set.look(wanted, false);
  }
  return step;
}

test('whatever is wanted in between, a good template ends everywhere, a bad one nowhere', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(turn), (replicas, turns) => {
      const set = new ModelSet(replicas);
      run(set, 'a', 10);
      let wanted = 'a';
      for (const each of turns) {
        wanted = each.wanted ?? wanted;
        if (each.crashes !== undefined) set.pods.delete(each.crashes % replicas);
        const step = set.look(wanted, each.isSinkAway);
        const ready = [...set.pods.values()].filter(({ looks, hash }) => looks === 0 && !bad(hash));
        set.control(step);
        const left = ready.filter(({ shard }) => set.pods.has(shard));
        // Of those that work, one at most is taken down, and none while Postgres is away.
        expect(ready.length - left.length).toBeLessThanOrEqual(each.isSinkAway ? 0 : 1);
      }
      const good = (): string => set.ledger.good?.metadata.annotations[ANNOTATIONS.template] ?? '';
      const end = run(set, wanted, CALM_LOOKS);
      expect(end.state).toBe(bad(wanted) ? 'Failed' : 'Settled');
      const hashes = [...set.pods.values()].map(({ hash }) => hash);
      expect(hashes).toEqual(hashes.map(() => (bad(wanted) ? good() : wanted)));
      expect(bad(good())).toBe(false);
      if (bad(wanted)) expect(end.ledger.failed?.why).toContain('ImagePullBackOff');
    }),
    { numRuns: 400 },
  );
});

test('a template that failed is tried again only when it is another one', () => {
  const set = new ModelSet(3);
  run(set, 'a', 10);
  run(set, 'bad-1', CALM_LOOKS);
  const before = [...set.pods.values()];
  run(set, 'bad-1', 20);
  expect([...set.pods.values()]).toEqual(before);
  expect(run(set, 'b', CALM_LOOKS).state).toBe('Settled');
});

test('a bad template never reaches a second shard', () => {
  const set = new ModelSet(4);
  run(set, 'a', 10);
  let step = set.look('bad-1', false);
  for (let at = 0; at < CALM_LOOKS; at += 1) {
    set.control(step);
    expect([...set.pods.values()].filter(({ hash }) => bad(hash)).length).toBeLessThanOrEqual(1);
    step = set.look('bad-1', false);
  }
  expect(step.state).toBe('Failed');
});
