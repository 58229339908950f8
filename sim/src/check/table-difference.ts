import type { SimTable } from '../postgres/sim-table.ts';
import { isSame, type SqlRow } from '../postgres/sql-value.ts';

/** The first row in which two tables differ; undefined: there is none. */
export function tableDifference(
  found: SimTable,
  expected: SimTable,
  leftOut: ReadonlySet<string>,
): string | undefined {
  const { name, columns } = found.schema;
  for (const [key, row] of expected.rows) {
    const other = found.rows.get(key);
    if (other === undefined) return `${name} lacks ${key}`;
    for (const column of columns) {
      if (leftOut.has(column.name)) continue;
      const [is, shouldBe] = [valueOf(other, column.name), valueOf(row, column.name)];
      if (!isSame(is, shouldBe)) {
        return `${column.name} of ${key} in ${name} is ${String(is)}, not ${String(shouldBe)}`;
      }
    }
  }
  for (const key of found.rows.keys()) {
    if (!expected.rows.has(key)) return `${name} has ${key}, which should not be there`;
  }
  return undefined;
}

const valueOf = (row: SqlRow, column: string) => row[column] ?? null;
