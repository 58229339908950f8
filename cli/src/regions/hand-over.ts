import { FeedmillError } from '@feedmill/core/errors';
import { LIMITS } from '../limits.ts';
import type { LocalPair } from './local-pair.ts';
import type { Side } from './side.ts';

/**
 * Hands every shard over to a region, as planned.
 *
 * @throws FeedmillError WORKER_UNAVAILABLE where a shard stays where it is; it goes on there
 */
export async function handOver(pair: LocalPair, from: Side): Promise<void> {
  const results = await Promise.allSettled(
    pair.regions[from].workers.map((worker) => worker.client.handOver(LIMITS.switchoverMs)),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw FeedmillError.from(failed.reason);
}
