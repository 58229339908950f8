import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settle } from '../kernel/scheduler.ts';
import { type TableSchema, tablesOf } from '../postgres/schema.ts';

const realImmediate = setImmediate;

/** Lets every promise that can settle do so: none of them waits for anything real. */
export const settle: Settle = () =>
  new Promise((resolve) => {
    realImmediate(resolve);
  });

/** The tables of the store, out of its migrations. */
export function loadSchemas(): TableSchema[] {
  const migrate = fileURLToPath(import.meta.resolve('@feedmill/store/migrate/migrate'));
  const folder = path.join(path.dirname(migrate), '../../migrations');
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return tablesOf(names.sort().map((name) => readFileSync(path.join(folder, name), 'utf8')));
}
