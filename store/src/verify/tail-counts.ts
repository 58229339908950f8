import type pg from 'pg';
import { SELECT_TAIL_COUNTS } from './statements.ts';

/** What stands of one producer behind a sequence. */
export interface TailCount {
  readonly producerId: bigint;
  readonly rows: number;
  /** Sequences that have a row or a dead letter. */
  readonly distinct: number;
}

/** Counts the rows of all producers behind a sequence, which is the same for each. */
export async function readTailCounts(client: pg.Client, after: number): Promise<TailCount[]> {
  const { rows } = await client.query<{ id: string; rows: string; distinct: string }>(
    SELECT_TAIL_COUNTS,
    [after],
  );
  return rows.map((row) => ({
    producerId: BigInt(row.id),
    rows: Number(row.rows),
    distinct: Number(row.distinct),
  }));
}
