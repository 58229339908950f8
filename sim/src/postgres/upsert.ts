import { PgServerError } from './pg-server-error.ts';
import type { ColumnType } from './schema.ts';
import type { SimTable } from './sim-table.ts';
import { arrayOf, type Parameter, type SqlRow, type SqlValue } from './sql-value.ts';
import type { StatementContext } from './statement-context.ts';

/** Columns and their types, in the order of a statement's parameters. */
export type Columns = readonly (readonly [name: string, type: ColumnType])[];

/** `select * from unnest(…)`: one row for each element of the arrays. */
export function unnest(columns: Columns, values: readonly Parameter[]): SqlRow[] {
  const arrays = columns.map(([, type], index) => arrayOf(values[index], type));
  return (arrays[0] ?? []).map((_, row) =>
    Object.fromEntries(columns.map(([name], column) => [name, arrays[column]?.[row] as SqlValue])),
  );
}

/**
 * `insert … on conflict (primary key) do update`. The row that is there is locked, whether or not
 * it is changed.
 *
 * @param update the row to put in the place of the one that stands; undefined leaves it
 */
export async function upsert(
  { session, transaction }: StatementContext,
  table: SimTable,
  rows: readonly SqlRow[],
  update: (standing: SqlRow, excluded: SqlRow) => SqlRow | undefined,
): Promise<void> {
  const written = new Set<string>();
  for (const row of rows) {
    const key = table.keyOf(row);
    const waiting = transaction.lock(table, key, session.lockTimeoutMs);
    if (waiting !== undefined) await waiting;
    const standing = transaction.find(table, key);
    if (standing === undefined) {
      await transaction.insert(table, row, session.lockTimeoutMs);
      written.add(key);
      continue;
    }
    if (written.has(key)) {
      throw new PgServerError(
        '21000',
        'ON CONFLICT DO UPDATE command cannot affect row a second time',
      );
    }
    written.add(key);
    const updated = update(standing, row);
    if (updated !== undefined) transaction.put(table, key, updated);
  }
}
