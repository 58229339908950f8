import type pg from 'pg';
import { VERIFY_WORK_MEM } from './limits.ts';
import { HASHED_TABLES, rangeHashStatement, sequenceHashStatement } from './statements.ts';

/** What stands in a run of sequences of one producer. */
export interface RangeHash {
  /** Sequences `index * events + 1` to `(index + 1) * events`. */
  readonly index: number;
  readonly rows: number;
  /** Sum of the rows' hashes modulo 2^64: the same in whatever order they stand. */
  readonly hash: bigint;
}

/** What stands for one sequence in one table. */
export interface SequenceHash {
  readonly sequence: number;
  readonly table: string;
  readonly rows: number;
  readonly hash: bigint;
}

const MODULUS = 2n ** 64n;

/**
 * The hashes of every producer's rows, by runs of `events` sequences, in their order; bars and gaps
 * count to the sequence that they begin with.
 *
 * @param after sequences up to here are left out
 * @param client with a transaction of its own, where other reads must see the same
 */
export async function readRangeHashes(
  client: pg.Client,
  events: number,
  after = 0,
): Promise<Map<bigint, RangeHash[]>> {
  await client.query(`set work_mem = '${VERIFY_WORK_MEM}'`);
  const found = new Map<bigint, Map<number, RangeHash>>();
  for (const table of HASHED_TABLES) {
    const { rows } = await client.query<{ id: string; index: string; rows: string; hash: string }>(
      rangeHashStatement(table),
      [events, after],
    );
    for (const row of rows) {
      const id = BigInt(row.id);
      const ranges = found.get(id) ?? new Map<number, RangeHash>();
      found.set(id, ranges);
      const index = Number(row.index);
      const before = ranges.get(index) ?? { index, rows: 0, hash: 0n };
      const hash = (before.hash + BigInt(row.hash)) % MODULUS;
      ranges.set(index, { index, rows: before.rows + Number(row.rows), hash });
    }
  }
  const ordered = new Map<bigint, RangeHash[]>();
  for (const [id, ranges] of found) {
    ordered.set(
      id,
      [...ranges.values()].sort((a, b) => a.index - b.index),
    );
  }
  return ordered;
}

/** What stands for each sequence of one producer, `first` to `last`, by sequence and table. */
export async function readSequenceHashes(
  client: pg.Client,
  producerId: bigint,
  first: number,
  last: number,
): Promise<SequenceHash[]> {
  const found: SequenceHash[] = [];
  for (const table of HASHED_TABLES) {
    const { rows } = await client.query<{ sequence: string; rows: string; hash: string }>(
      sequenceHashStatement(table),
      [producerId, first, last],
    );
    for (const row of rows) {
      const sequence = Number(row.sequence);
      found.push({ sequence, table, rows: Number(row.rows), hash: BigInt(row.hash) });
    }
  }
  return found.sort((a, b) => a.sequence - b.sequence || (a.table < b.table ? -1 : 1));
}
