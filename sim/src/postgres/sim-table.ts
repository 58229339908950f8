import type { TableSchema } from './schema.ts';
import type { SqlRow } from './sql-value.ts';

/** The committed rows of a table, by their primary key. */
export class SimTable {
  readonly schema: TableSchema;
  readonly rows = new Map<string, SqlRow>();

  constructor(schema: TableSchema) {
    this.schema = schema;
  }

  keyOf(row: SqlRow): string {
    const { primaryKey } = this.schema;
    if (primaryKey.length === 1) return String(row[primaryKey[0] as string]);
    return primaryKey.map((column) => String(row[column])).join('|');
  }
}
