import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { otherSide, SIDES, type Side } from './side.ts';

/** How a shard stands in both regions; undefined where its worker says nothing. */
export interface PairedShard {
  readonly shard: number;
  readonly east: ShardSnapshot | undefined;
  readonly west: ShardSnapshot | undefined;
}

/** How two regions stand to each other, over all of their shards. */
export type PairStanding =
  /** The other one holds everything, and may take over. */
  | { readonly kind: 'in-sync'; readonly primary: Side }
  /** One accepts events of every shard; the other one is away, or catches up. */
  | { readonly kind: 'alone'; readonly primary: Side }
  /** Not the same region for every shard, or none. */
  | { readonly kind: 'unsettled' };

export function pairStanding(shards: readonly PairedShard[]): PairStanding {
  const [primary, ...others] = shards.map(primaryOf);
  if (primary === undefined || others.some((side) => side !== primary)) {
    return { kind: 'unsettled' };
  }
  return { kind: shards.every(isInSync) ? 'in-sync' : 'alone', primary };
}

/** Whether the region that follows may take the shard over. */
export function isInSync(shard: PairedShard): boolean {
  const primary = primaryOf(shard);
  if (primary === undefined) return false;
  const ours = shard[primary]?.region;
  const theirs = shard[otherSide(primary)]?.region;
  if (ours === undefined || theirs === undefined) return false;
  return ours.inSync && !ours.isAlone && theirs.role === 'follower' && theirs.inSync;
}

/** Region that is primary of a shard. One that stands still has not heard of its end yet. */
export function primaryOf(shard: PairedShard): Side | undefined {
  const epochOf = (side: Side): number => {
    const region = shard[side]?.region;
    return region?.role === 'primary' ? region.epoch : 0;
  };
  const [one, other] = SIDES;
  if (epochOf(one) === 0 && epochOf(other) === 0) return undefined;
  return epochOf(one) > epochOf(other) ? one : other;
}

export function standingText(standing: PairStanding): string {
  switch (standing.kind) {
    case 'in-sync':
      return `${standing.primary} is primary, ${otherSide(standing.primary)} is in sync.`;
    case 'alone':
      return `${standing.primary} is primary, without ${otherSide(standing.primary)}.`;
    case 'unsettled':
      return 'No region is primary of every shard.';
  }
}
