import type { BindableProducer, Binding, BindingResult } from './binding.ts';
import { keptShard } from './binding.ts';
import { rendezvousOrder, rendezvousScore } from './rendezvous.ts';

/**
 * A shard takes new producers up to this multiple of the average load. Rendezvous hashing alone
 * leaves the fullest of a few shards with twice the average; 1.25 is where the shards are even
 * enough and most producers still get the shard that they are drawn to (Mirrokni, Thorup and
 * Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2018).
 */
const LOAD_FACTOR = 1.25;

/**
 * Several producers a shard. Those that have a shard keep it, and pins are always honoured. Added
 * shards take over some from the fullest. Each newcomer goes to the shard that it is drawn to most
 * among those with room, or to the emptiest when none has room: no newcomer brings a shard above
 * the larger of LOAD_FACTOR times the average and the average plus its own weight.
 *
 * @param producers sorted by name, their pins within range
 */
export function bindBounded(
  producers: readonly BindableProducer[],
  shardCount: number,
  previous: Binding | undefined,
): BindingResult {
  const loads = new ShardLoads(shardCount);
  for (const producer of producers) {
    const shard = producer.pinnedShard ?? keptShard(producer, shardCount, previous);
    if (shard !== undefined) loads.put(producer, shard);
  }
  const oldCount = previous?.shardCount ?? shardCount;
  for (let added = oldCount; added < shardCount; added += 1) fillAddedShard(loads, added, oldCount);

  const newcomers = producers.filter(({ name }) => !loads.shardOf.has(name));
  const total = producers.reduce((sum, { weight }) => sum + weight, 0);
  const roomPerShard = (LOAD_FACTOR * total) / shardCount;
  // The heaviest first, because the light ones fit in anywhere. The sort is stable: ties by name.
  for (const producer of newcomers.sort((a, b) => b.weight - a.weight)) {
    const order = rendezvousOrder(producer.name, shardCount);
    const roomy = order.find((shard) => loads.of(shard) + producer.weight <= roomPerShard);
    loads.put(producer, roomy ?? loads.emptiest(order));
  }
  return { shardCount, shardOf: loads.shardOf, unbound: [] };
}

/**
 * Moves producers from the fullest of the old shards to an added one, of each those that are drawn
 * to it most, until it has its fair share of what is bound.
 */
function fillAddedShard(loads: ShardLoads, added: number, oldCount: number): void {
  const fairShare = loads.total() / loads.shardCount;
  let moved = 0;
  for (;;) {
    const candidates = loads.fullestFirst(oldCount).map((donor) => {
      // A donor that would be left with less than the added shard gets is no donor.
      const weightMax = loads.of(donor) - loads.of(added);
      return loads
        .producersOf(donor)
        .filter(({ pinnedShard, weight }) => pinnedShard === undefined && weight < weightMax)
        .filter(({ weight }) => moved + weight <= fairShare);
    });
    const chosen = candidates
      .find((each) => each.length > 0)
      ?.reduce((best, each) =>
        rendezvousScore(each.name, added) > rendezvousScore(best.name, added) ? each : best,
      );
    if (chosen === undefined) return;
    moved += chosen.weight;
    loads.put(chosen, added);
  }
}

/** Who is where, and how much weight that puts on each shard. */
class ShardLoads {
  readonly shardCount: number;
  readonly shardOf = new Map<string, number>();
  readonly #producers: Map<string, BindableProducer>[];

  constructor(shardCount: number) {
    this.shardCount = shardCount;
    this.#producers = Array.from({ length: shardCount }, () => new Map());
  }

  put(producer: BindableProducer, shard: number): void {
    const from = this.shardOf.get(producer.name);
    if (from !== undefined) this.#producers[from]?.delete(producer.name);
    this.#producers[shard]?.set(producer.name, producer);
    this.shardOf.set(producer.name, shard);
  }

  producersOf(shard: number): BindableProducer[] {
    return [...(this.#producers[shard]?.values() ?? [])];
  }

  of(shard: number): number {
    return this.producersOf(shard).reduce((sum, { weight }) => sum + weight, 0);
  }

  total(): number {
    return this.#shards().reduce((sum, shard) => sum + this.of(shard), 0);
  }

  /** The first of the shards with the least load, in the given order. */
  emptiest(order: readonly number[]): number {
    return order.reduce((best, shard) => (this.of(shard) < this.of(best) ? shard : best));
  }

  /** Shards 0 to `count` - 1, the fullest first, ties by number. */
  fullestFirst(count: number): number[] {
    return this.#shards()
      .filter((shard) => shard < count)
      .sort((a, b) => this.of(b) - this.of(a) || a - b);
  }

  #shards(): number[] {
    return [...this.#producers.keys()];
  }
}
