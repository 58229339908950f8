import { templateHash } from '../build/stateful-set.ts';
import type { PodTemplate } from '../objects.ts';

/** What is remembered of rollouts between two looks. */
export interface RolloutLedger {
  /** The template that all shards ran well with; undefined until they did for the first time. */
  readonly good?: PodTemplate;
  /** The template that failed and is not tried again. */
  readonly failed?: { readonly hash: string; readonly why: string };
  /** The newest image and database whose schema is in place. */
  readonly migrated?: string;
}

/** A worker's pod, as far as a rollout is concerned. */
export interface ShardPod {
  readonly shard: number;
  /** Hash of the template that it was made from. */
  readonly hash: string;
  readonly isReady: boolean;
  /** It has committed what it acknowledged, and keeps up. */
  readonly isCaughtUp: boolean;
  /** Why it cannot work, where Kubernetes says so; it does not pass by itself. */
  readonly trouble: string | undefined;
}

export interface RolloutView {
  readonly wanted: PodTemplate;
  readonly ledger: RolloutLedger;
  readonly replicas: number;
  /** Pods that there are; one that is being replaced is missing. */
  readonly pods: readonly ShardPod[];
  /** How long the step before has been `waitingFor` the same, ms. */
  readonly unsettledMs: number;
  readonly waitingFor: string | undefined;
  readonly deadlineMs: number;
  /** How long a trouble may last before it counts. */
  readonly troubleGraceMs: number;
}

export type RolloutState =
  /** All shards run what is wanted. */
  | 'Settled'
  /** The first template has not run everywhere yet. */
  | 'Installing'
  /** All shards are of what is wanted; one is not up, such as a new one. */
  | 'Starting'
  /** Shards are being replaced, the highest first. */
  | 'Rolling'
  /** What is wanted does not run; the template before is being restored. */
  | 'GoingBack'
  /** What is wanted does not run; all shards run the template before. */
  | 'Failed';

export interface RolloutStep {
  readonly state: RolloutState;
  readonly template: PodTemplate;
  /** Pods of this shard and above are of the template. */
  readonly partition: number;
  readonly ledger: RolloutLedger;
  /** The shard that is being replaced or waited for. */
  readonly shard: number | undefined;
  /** What is waited for, if anything: as long as it stays the same, its time counts. */
  readonly waitingFor: string | undefined;
  /** Shards whose pod has to be deleted, because it never gets ready. */
  readonly hopeless: readonly number[];
}

/**
 * The next step of a rollout. One shard at a time, the highest first, is replaced; the next follows
 * when it is ready and caught up. A shard that does not get there takes all back to the template
 * that worked. A pure function: it begins anew with every look, from what there is.
 */
export function planRollout(view: RolloutView): RolloutStep {
  const { wanted, ledger } = view;
  const { good } = ledger;
  if (good === undefined) return install(view);
  const wantedHash = templateHash(wanted);
  if (wantedHash === templateHash(good)) {
    const { failed: _, ...rest } = ledger;
    return { ...hold(view, wanted), ledger: rest };
  }
  if (ledger.failed?.hash === wantedHash) return goBack(view, good, ledger);
  const { partition, shard, isWaiting } = progress(view, wantedHash);
  const pod = view.pods.find((each) => each.shard === shard);
  const waitingFor = isWaiting ? `shard ${shard} of ${wantedHash}` : undefined;
  const why = isWaiting ? failureOf(view, pod, wantedHash, waitingFor) : undefined;
  if (why !== undefined && shard !== undefined) {
    const failed = { hash: wantedHash, why: `Shard ${shard}: ${why}` };
    return goBack(view, good, { ...ledger, failed });
  }
  if (shard !== undefined) {
    return { ...nothing, state: 'Rolling', template: wanted, partition, ledger, shard, waitingFor };
  }
  const { failed: _, ...rest } = ledger;
  const settled = { ...rest, good: wanted };
  return { ...nothing, state: 'Settled', template: wanted, partition: 0, ledger: settled };
}

const nothing = { shard: undefined, waitingFor: undefined, hopeless: [] } as const;

/** What is wanted is what works: shards that went back, or have not begun, are brought to it. */
function hold(view: RolloutView, wanted: PodTemplate): Omit<RolloutStep, 'ledger'> {
  const hash = templateHash(wanted);
  const { partition, shard } = progress(view, hash);
  const step = { ...nothing, template: wanted, partition };
  if (shard === undefined) return { ...step, state: 'Settled' };
  if (view.pods.some((pod) => pod.hash !== hash)) return { ...step, state: 'Rolling', shard };
  // One that is only behind with its commits is none of a rollout's business.
  const isUp = view.pods.some((pod) => pod.shard === shard && pod.isReady);
  return isUp ? { ...step, state: 'Settled' } : { ...step, state: 'Starting', shard };
}

/** There is nothing to go back to yet: everybody gets what is wanted. */
function install({ wanted, ledger, replicas, pods }: RolloutView): RolloutStep {
  const hash = templateHash(wanted);
  const isDone = (shard: number): boolean =>
    pods.some((pod) => pod.shard === shard && pod.hash === hash && pod.isReady);
  const waiting = shardsDown(replicas).find((shard) => !isDone(shard));
  const isInstalled = waiting === undefined;
  return {
    ...nothing,
    state: isInstalled ? 'Settled' : 'Installing',
    template: wanted,
    partition: 0,
    ledger: isInstalled ? { ...ledger, good: wanted } : ledger,
    shard: waiting,
  };
}

function goBack(view: RolloutView, good: PodTemplate, ledger: RolloutLedger): RolloutStep {
  const goodHash = templateHash(good);
  const failedHash = ledger.failed?.hash;
  const hopeless = view.pods
    .filter(({ hash, isReady }) => hash === failedHash && !isReady)
    .map(({ shard }) => shard);
  const { partition, shard } = progress(view, goodHash);
  return {
    ...nothing,
    state: shard === undefined ? 'Failed' : 'GoingBack',
    template: good,
    // The hopeless first: nobody else is taken down while one is.
    partition: hopeless.length > 0 ? view.replicas : partition,
    ledger,
    shard: hopeless[0] ?? shard,
    hopeless,
  };
}

interface Progress {
  readonly partition: number;
  readonly shard: number | undefined;
  /** The shard is of the template already, and is waited for. */
  readonly isWaiting: boolean;
}

/** How far the shards have come to a template, and which one is next or being waited for. */
function progress({ replicas, pods }: RolloutView, hash: string): Progress {
  const known = new Map(pods.map((pod) => [pod.shard, pod]));
  for (const shard of shardsDown(replicas)) {
    const pod = known.get(shard);
    if (pod === undefined) return { partition: shard, shard, isWaiting: true };
    if (pod.hash === hash) {
      if (pod.isReady && pod.isCaughtUp) continue;
      return { partition: shard, shard, isWaiting: true };
    }
    // One that works is replaced when nothing of it waits for Postgres and no other one is about to
    // come back; one that does not work, at once.
    const mayGo = !pod.isReady || (pod.isCaughtUp && areOthersUp(shard, replicas, known));
    return { partition: mayGo ? shard : shard + 1, shard, isWaiting: false };
  }
  return { partition: 0, shard: undefined, isWaiting: false };
}

/** A shard that has trouble does not come back by itself: the rollout may be what helps it. */
function areOthersUp(
  shard: number,
  replicas: number,
  known: ReadonlyMap<number, ShardPod>,
): boolean {
  return shardsDown(replicas).every((other) => {
    const pod = known.get(other);
    return other === shard || pod?.isReady === true || pod?.trouble !== undefined;
  });
}

function failureOf(
  view: RolloutView,
  pod: ShardPod | undefined,
  wantedHash: string,
  waitingFor: string | undefined,
): string | undefined {
  const { deadlineMs, troubleGraceMs } = view;
  const unsettledMs = view.waitingFor === waitingFor ? view.unsettledMs : 0;
  const trouble = pod?.hash === wantedHash ? pod.trouble : undefined;
  if (trouble !== undefined && unsettledMs >= troubleGraceMs) return trouble;
  if (unsettledMs < deadlineMs) return undefined;
  const what = pod?.isReady === true ? 'is ready, but has not caught up' : 'is not ready';
  return `it ${what} after ${Math.round(deadlineMs / 1_000)} s`;
}

const shardsDown = (replicas: number): number[] =>
  Array.from({ length: replicas }, (_, at) => replicas - 1 - at);
