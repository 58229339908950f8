import assert from 'node:assert/strict';

const MIB = 1024 * 1024;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Bounds of the operator. Each says what happens when it is reached. */
export const LIMITS = {
  /** Objects of one page of a list; the next page is asked for. */
  listPageObjects: 500,
  /** Longest line of a watch: etcd holds objects of 1.5 MiB. Beyond it the watch begins anew. */
  watchLineBytesMax: 8 * MIB,
  /** Largest answer that is read whole: a page of the largest objects would not be one. */
  answerBytesMax: 64 * MIB,
  /** A request that has no answer by then has failed, and is tried again. */
  requestMs: 10 * SECOND_MS,
  /**
   * How long the server is asked to keep a watch open; between it and twice as long, so that the
   * watches of many reflectors do not end together.
   */
  watchMs: 5 * MINUTE_MS,
  /** A watch that says nothing for this long is cut: the server sends a bookmark every minute. */
  watchSilenceMs: 2.5 * MINUTE_MS,
  /** Everything is listed anew this often, should a watch have missed something. */
  relistMs: 30 * MINUTE_MS,
  /** Waits of a reflector after a failure: first, and at most. */
  reflectorRetryBaseMs: 200,
  reflectorRetryCapMs: 30 * SECOND_MS,
  /** Longest wait that a Retry-After of the server is believed. */
  retryAfterMsMax: MINUTE_MS,
  /** Objects remembered as deleted by one reflector, so that a late event does not revive them. */
  tombstonesMax: 1_024,
  /** Keys that are worked on at the same time. */
  reconcilesAtOnce: 4,
  /** Waits of a key after a failure: first, and at most. */
  keyRetryBaseMs: 200,
  keyRetryCapMs: MINUTE_MS,
  /** How often each worker is asked for its state. */
  askMs: 5 * SECOND_MS,
  /** The same while something is under way, and for how long after it was last. */
  hurriedAskMs: 100,
  hurryMs: 10 * SECOND_MS,
  /** A cluster whose rollout or migration is under way is looked at this often. */
  underWayMs: SECOND_MS,
  /** How long a switchover waits for both regions to hold the same. */
  switchoverSyncMs: MINUTE_MS,
  /** How long it tries to hand the shards over; each goes on where it is while it is not. */
  switchoverMs: MINUTE_MS,
  /** Longest wait for one shard to be handed over, in one try. */
  handOverMs: 10 * SECOND_MS,
  /** How often the progress of a producer is written into its status. */
  progressMs: MINUTE_MS,
  /** How long a pod may have a trouble before it counts: one that is gone by itself is none. */
  troubleGraceMs: 15 * SECOND_MS,
  /** A migration that failed is tried again after this. */
  migrationRetryMs: 30 * SECOND_MS,
  /** A lease counts as abandoned when it has not changed for this long. */
  leaseMs: 15 * SECOND_MS,
  /** A leader that could not renew for this long ends. */
  leaseRenewMs: 10 * SECOND_MS,
  /** How often the lease is renewed, or looked at. */
  leaseRetryMs: 2 * SECOND_MS,
} as const;

/** The bounds that an operator runs with: LIMITS, or smaller ones where reaching them is tried. */
export type OperatorLimits = { readonly [Name in keyof typeof LIMITS]: number };

/** The relations that the code relies on. Called once at start. */
export function assertLimits(limits: OperatorLimits): void {
  assert(limits.leaseRenewMs < limits.leaseMs, 'a leader must end before another may begin');
  assert(limits.leaseRetryMs * 2 < limits.leaseRenewMs, 'a lease is renewed more than once');
  assert(limits.requestMs <= limits.leaseRenewMs, 'a lost renewal is noticed in time');
  assert(limits.watchSilenceMs > 2 * MINUTE_MS, 'one bookmark may be lost');
}
