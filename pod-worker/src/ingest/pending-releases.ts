import type { Position } from '@feedmill/core/brand';

/**
 * Producers that left the shard, until Postgres holds what they published here: before that nobody,
 * this shard included, can know where they stand.
 */
export class PendingReleases {
  readonly #positions = new Map<string, Position>();

  /** @param position of the journal entry that says so */
  note(producer: string, position: Position): void {
    this.#positions.set(producer, position);
  }

  /** Those whose release is not committed. */
  names(committed: Position): string[] {
    for (const [producer, position] of this.#positions) {
      if (position <= committed) this.#positions.delete(producer);
    }
    return [...this.#positions.keys()];
  }

  clear(): void {
    this.#positions.clear();
  }
}
