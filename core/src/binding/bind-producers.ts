import assert from 'node:assert/strict';
import {
  type BindableProducer,
  type Binding,
  type BindingMode,
  type BindingResult,
  isShard,
  type UnboundProducer,
} from './binding.ts';
import { bindBounded } from './bounded.ts';
import { bindOneToOne } from './one-to-one.ts';

/**
 * Binds producers to shards, as a pure function of its arguments:
 *
 * - The order of the producers does not matter.
 * - A producer that was bound stays where it was, but for these reasons: its shard is gone, its pin
 *   says otherwise, its shard is shared in OneToOne, or (Bounded only) shards were added.
 * - Added shards take over at most their fair share of the weight; nothing moves between others.
 * - A pinned producer is bound to its pin or not at all. In OneToOne a pin moves nobody else away.
 *
 * @param previous the result in force, so that nothing moves without a reason
 */
export function bindProducers(
  mode: BindingMode,
  producers: readonly BindableProducer[],
  shardCount: number,
  previous: Binding | undefined,
): BindingResult {
  assert(
    Number.isInteger(shardCount) && shardCount > 0,
    `shardCount is ${shardCount}, not 1 or up`,
  );
  for (const { name, weight } of producers) {
    assert(
      weight > 0 && Number.isFinite(weight),
      `the weight of ${name} is ${weight}, not above 0`,
    );
  }
  const names = new Set(producers.map(({ name }) => name));
  assert(names.size === producers.length, 'two producers have the same name');

  const sorted = producers.toSorted((a, b) => compareNames(a.name, b.name));
  const isPossible = ({ pinnedShard }: BindableProducer): boolean =>
    pinnedShard === undefined ||
    (Number.isInteger(pinnedShard) && isShard(pinnedShard, shardCount));
  const possible = sorted.filter(isPossible);
  const unbound = sorted
    .filter((producer) => !isPossible(producer))
    .map((producer) => pinnedNowhere(producer, shardCount));

  const bind = mode === 'OneToOne' ? bindOneToOne : bindBounded;
  const result = bind(possible, shardCount, previous);
  return { shardCount, shardOf: result.shardOf, unbound: [...unbound, ...result.unbound] };
}

function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  // By code units: the same everywhere, which a locale's order is not.
  return a < b ? -1 : 1;
}

function pinnedNowhere(
  { name, pinnedShard }: BindableProducer,
  shardCount: number,
): UnboundProducer {
  return {
    producer: name,
    reason:
      `It is pinned to shard ${pinnedShard}, but the shards are 0 to ${shardCount - 1}. ` +
      'Pin it to one of these, or raise the number of shards.',
  };
}
