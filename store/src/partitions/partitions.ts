import type pg from 'pg';
import { PARTITIONS_MAX } from '../copy/limits.ts';
import type { Period } from '../copy/period.ts';
import type { DailyTable } from '../copy/tables.ts';

export const ENSURE_PARTITION = 'select feedmill.ensure_partition($1, $2, $3, $4, $5) as target';

export type PartitionedTable = DailyTable | 'bar' | 'cbbo' | 'signal';

/**
 * The partitions that a session knows to exist. Made on demand, outside the transaction that
 * writes rows: making one takes milliseconds and locks that a commit should not wait for.
 */
export class Partitions {
  readonly #targets = new Map<string, string>();
  readonly #partitionsMax: number;

  constructor(partitionsMax = PARTITIONS_MAX) {
    this.#partitionsMax = partitionsMax;
  }

  /** Where rows of that table and period go; undefined before ensure(). */
  targetOf(table: PartitionedTable, period: Period): string | undefined {
    return this.#targets.get(`${table}_${period.name}`);
  }

  /**
   * Makes the partition where it does not exist. Safe when several do it at once.
   *
   * @returns the partition's name, or that of the default one beyond PARTITIONS_MAX
   */
  async ensure(client: pg.Client, table: PartitionedTable, period: Period): Promise<string> {
    const known = this.targetOf(table, period);
    if (known !== undefined) return known;
    const { rows } = await client.query<{ target: string }>(ENSURE_PARTITION, [
      table,
      period.name,
      period.start,
      period.end,
      this.#partitionsMax,
    ]);
    const target = rows[0]?.target ?? table;
    this.#targets.set(`${table}_${period.name}`, target);
    return target;
  }

  /** After a partition turned out to be gone (dropped for retention). */
  forget(): void {
    this.#targets.clear();
  }
}
