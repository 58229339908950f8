import { ControlClient } from '@feedmill/core/adapters/control-client';
import type { Clock } from '@feedmill/core/clock';
import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { FeedmillError } from '@feedmill/core/errors';
import { LIMITS } from '../limits.ts';

/** What became of one shard. */
export interface MovedShard {
  readonly shard: number;
  readonly primary: string;
  readonly epoch: number;
  /** Why it stayed; undefined: it is where it shall be. */
  readonly fault?: string;
  readonly tookMs: number;
}

/**
 * Hands a worker's shard over to a region, as planned or by force. Undefined where the worker of
 * the other region does that.
 *
 * @throws FeedmillError WORKER_UNAVAILABLE, or USAGE where the worker knows no such region
 */
export async function moveShard(
  address: string,
  to: string,
  isForced: boolean,
  clock: Clock,
): Promise<MovedShard | undefined> {
  const client = new ControlClient(address);
  const beganMs = clock.monotonicMs();
  try {
    const { shard, region } = await client.getState();
    checkRegion(address, region, to);
    const tookMs = (): number => Math.round(clock.monotonicMs() - beganMs);
    const { epoch } = region;
    const isThere = region.role === 'primary' && region.name === to;
    if (isThere) return { shard, primary: to, epoch, tookMs: 0 };
    // By force it is the new primary that is asked; as planned, the old one.
    if (isForced ? region.name !== to : region.role !== 'primary') return undefined;
    try {
      const now = await client.handOver(LIMITS.switchoverMs, isForced);
      return { shard, primary: now.primary, epoch: now.epoch, tookMs: tookMs() };
    } catch (error) {
      const fault = FeedmillError.from(error).message;
      return { shard, primary: region.name, epoch, fault, tookMs: tookMs() };
    }
  } finally {
    client.close();
  }
}

function checkRegion(
  address: string,
  region: ShardSnapshot['region'],
  to: string,
): asserts region is NonNullable<ShardSnapshot['region']> {
  if (region === undefined) {
    throw new FeedmillError('USAGE', `The shard of the worker at ${address} lives in one region.`);
  }
  const { name, peer } = region;
  if (to === name || to === peer) return;
  throw new FeedmillError(
    'USAGE',
    `The worker at ${address} knows the regions ${name} and ${peer}; ${to} is neither.`,
  );
}
