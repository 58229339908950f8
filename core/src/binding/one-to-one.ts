import type { BindableProducer, Binding, BindingResult, UnboundProducer } from './binding.ts';
import { keptShard } from './binding.ts';
import { rendezvousOrder } from './rendezvous.ts';

/**
 * At most one producer a shard. Those that have a shard keep it; then come pins, then the others in
 * the order of their names, each to the free shard that it is drawn to most.
 *
 * @param producers sorted by name, their pins within range
 */
export function bindOneToOne(
  producers: readonly BindableProducer[],
  shardCount: number,
  previous: Binding | undefined,
): BindingResult {
  const holders = new Map<number, string>();
  const shardOf = new Map<string, number>();
  const unbound: UnboundProducer[] = [];
  const give = (shard: number, producer: string): void => {
    holders.set(shard, producer);
    shardOf.set(producer, shard);
  };

  const isPinned = ({ pinnedShard }: BindableProducer): boolean => pinnedShard !== undefined;
  const pinned = producers.filter(isPinned);
  const floating = producers.filter((producer) => !isPinned(producer));
  // After a change from Bounded several claim the same shard: a pin goes first, then the name.
  for (const producer of [...pinned, ...floating]) {
    const shard = keptShard(producer, shardCount, previous);
    if (shard !== undefined && !holders.has(shard)) give(shard, producer.name);
  }
  for (const { name, pinnedShard } of pinned) {
    if (pinnedShard === undefined || shardOf.has(name)) continue;
    const holder = holders.get(pinnedShard);
    if (holder === undefined) give(pinnedShard, name);
    else unbound.push({ producer: name, reason: pinTaken(pinnedShard, holder) });
  }
  for (const { name } of floating) {
    if (shardOf.has(name)) continue;
    const shard = rendezvousOrder(name, shardCount).find((each) => !holders.has(each));
    if (shard !== undefined) give(shard, name);
    else unbound.push({ producer: name, reason: noShardFree(shardCount) });
  }
  return { shardCount, shardOf, unbound };
}

function pinTaken(shard: number, holder: string): string {
  return (
    `It is pinned to shard ${shard}, which producer ${holder} holds, and a shard takes one ` +
    'producer (OneToOne). Pin it to a free shard, or remove the other producer first.'
  );
}

function noShardFree(shardCount: number): string {
  return (
    `Each of the ${shardCount} shards has its producer, and a shard takes one (OneToOne). ` +
    'Raise the number of shards, or remove a producer.'
  );
}
