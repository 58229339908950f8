import type { Column } from '../format/column.ts';
import { jsonRowWriter } from '../format/json-rows.ts';

/** Values of a row by the name of their column, each as Postgres would give it. */
export type NamedValues = Readonly<Record<string, unknown>>;

/** Writes rows with the columns that the queries have, so that both say the same in one form. */
export function rowWriter(columns: readonly Column[]): (values: NamedValues) => string {
  const write = jsonRowWriter(columns, 'ns');
  const names = columns.map(({ name }) => name);
  return (values) => write(names.map((name) => values[name]));
}
