import { EVENT_TABLES } from '@feedmill/store/copy/tables';
import type { Database } from './folder-database.ts';

/** What the worker derives; the tables of events come before them. */
const DERIVED_TABLES = [
  'bar',
  'cbbo',
  'signal',
  'alert',
  'gap',
  'instrument',
  'dead_letter',
] as const;

const EXISTS = `select to_regclass('feedmill.trade') is not null as found`;

/** Rows of each table. Empty where the schema was not made yet. */
export async function countTables(database: Database): Promise<Record<string, number>> {
  const { rows } = await database.query<{ found: boolean }>(EXISTS);
  const counts: Record<string, number> = {};
  if (rows[0]?.found !== true) return counts;
  for (const table of [...EVENT_TABLES, ...DERIVED_TABLES]) {
    const result = await database.query<{ count: string }>(
      `select count(*) as count from feedmill.${table}`,
    );
    counts[table] = Number(result.rows[0]?.count ?? 0);
  }
  return counts;
}
