import { asEpoch, type Epoch } from '@feedmill/core/brand';

/**
 * Remembers the highest epoch seen of each shard, so that nothing is sent to a worker that a newer
 * one has replaced. Epochs of different shards cannot be compared.
 */
export class EpochGuard {
  readonly #highest = new Map<number, Epoch>();

  /** Highest epoch seen of `shard`; 0 when it was never seen. */
  highest(shard: number | undefined): Epoch {
    const known = shard === undefined ? undefined : this.#highest.get(shard);
    return known ?? asEpoch(0);
  }

  /** Takes note of the epoch; false when the shard was seen with a higher one. */
  admits(shard: number, epoch: Epoch): boolean {
    if (epoch < this.highest(shard)) return false;
    this.#highest.set(shard, epoch);
    return true;
  }
}
