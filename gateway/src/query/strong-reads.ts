import { type Clock, sleep } from '@feedmill/core/clock';
import { Problem } from '../problem.ts';
import type { WorkClass } from './admission.ts';
import type { Database, Positions, Reader } from './database.ts';

export interface StrongReadsOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** What every shard has acknowledged by now; asks them. */
  readonly acknowledged: () => Promise<ReadonlyMap<number, number>>;
  readonly waitMs: number;
  readonly pollMs: number;
}

/** Reads that hold everything that was acknowledged before they were asked for. */
export class StrongReads {
  readonly #options: StrongReadsOptions;

  constructor(options: StrongReadsOptions) {
    this.#options = options;
  }

  /**
   * Waits until Postgres holds what the shards have acknowledged by now, and reads one snapshot.
   *
   * @throws Problem not-caught-up, or unavailable where a shard does not say how far it is
   */
  async read<T>(
    workClass: WorkClass,
    read: (reader: Reader) => Promise<T>,
  ): Promise<{ readonly value: T; readonly positions: Positions }> {
    const { clock, waitMs, pollMs, database, acknowledged } = this.#options;
    const wanted = await acknowledged();
    const deadlineMs = clock.monotonicMs() + waitMs;
    for (;;) {
      const positions = await database.positions();
      const late = [...wanted].find(
        ([shard, position]) => Number(positions[shard] ?? 0) < position,
      );
      if (late === undefined) return await database.readSnapshot(workClass, read);
      if (clock.monotonicMs() > deadlineMs) throw notCaughtUp(late, positions, waitMs);
      await sleep(clock, pollMs);
    }
  }
}

function notCaughtUp(
  [shard, wanted]: readonly [number, number],
  positions: Positions,
  waitMs: number,
): Problem {
  return new Problem(
    'not-caught-up',
    `Shard ${shard} has acknowledged position ${wanted}, and Postgres holds ` +
      `${positions[shard] ?? 0} after ${waitMs} ms. Come again, or ask with ` +
      'consistency=eventual for what there is.',
    { retryAfterSeconds: 1 },
  );
}
