import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { LIMITS } from '../limits.ts';
import { type PairedShard, pairStanding } from './pair-standing.ts';
import type { Side } from './side.ts';

/** Two regions whose workers can be asked. */
export interface AskedPair {
  /** Asks every worker; one that does not answer is left out. */
  shards(): Promise<PairedShard[]>;
  /** How long they may take until they are in sync, ms. */
  readonly inSyncMs: number;
  /** Where more is said of what happened. */
  readonly logs: string;
}

/**
 * Waits until one region is primary of every shard and the other one holds everything.
 *
 * @throws FeedmillError WORKER_UNAVAILABLE where it does not come to that in time
 */
export async function untilInSync(
  pair: AskedPair,
  clock: Clock,
  signal: AbortSignal,
): Promise<Side> {
  const deadlineMs = clock.monotonicMs() + pair.inSyncMs;
  for (;;) {
    const shards = await pair.shards();
    const standing = pairStanding(shards);
    if (standing.kind === 'in-sync') return standing.primary;
    signal.throwIfAborted();
    if (clock.monotonicMs() > deadlineMs) {
      const seen = shards.map(({ shard, east, west }) => ({
        shard,
        east: east?.region?.role,
        west: west?.region?.role,
      }));
      throw new FeedmillError(
        'WORKER_UNAVAILABLE',
        `The regions are not in sync after ${pair.inSyncMs / 1000} s: ` +
          `${JSON.stringify(seen)}; ${pair.logs} say more.`,
      );
    }
    await sleep(clock, LIMITS.readyPollMs, signal);
  }
}

/** Both regions have committed all that is in their journals. */
export const haveSettled = (shards: readonly PairedShard[]): boolean =>
  shards.every(({ east, west }) => {
    const positions = [east, west].flatMap((each) => [
      each?.durablePosition,
      each?.committedPosition,
    ]);
    return positions.every((each) => each !== undefined && each === positions[0]);
  });
