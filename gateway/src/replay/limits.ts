import assert from 'node:assert/strict';

const MIB = 1024 * 1024;

/** Bounds of replays. Each names what happens when it is reached. */
export const REPLAY_LIMITS = {
  /** Replays that are under way, of all keys; more are refused with 503. */
  replaysMax: 16,
  /** Replays that have ended and are still listed; the oldest is forgotten. */
  replaysEndedMax: 50,
  /** Rows of one read from Postgres, for each topic. */
  replayPageRows: 2_000,
  /** Newest messages kept for those who come later or fall behind. */
  replayLogBytesMax: 8 * MIB,
  replayLogEntriesMax: 50_000,
  /** A replay goes no further while one of its clients is behind by more than this. */
  replayAheadBytesMax: 1 * MIB,
  /** Messages that are handed on at once. */
  replayBurstMax: 500,
  /** Longest sleep: an answer to pause, seek or another speed takes no longer. */
  replayTickMs: 50,
  /** Wait before Postgres is asked again, and how often it is. */
  replayRetryMs: 500,
  replayRetriesMax: 60,
  replaySpeedMin: 0.1,
  replaySpeedMax: 1_000,
  replayRangeDaysMax: 366,
} as const;

export type ReplayLimits = { readonly [Name in keyof typeof REPLAY_LIMITS]: number };

/** The relations that the code relies on. Called once at start. */
export function assertReplayLimits(limits: ReplayLimits): void {
  assert(limits.replayAheadBytesMax < limits.replayLogBytesMax, 'who is behind is still held');
  assert(limits.replayBurstMax < limits.replayLogEntriesMax);
  assert(limits.replaySpeedMin <= limits.replaySpeedMax);
}
