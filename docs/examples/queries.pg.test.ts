import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPool } from '@feedmill/store/connection/pool';
import { startTestPostgres, type TestPostgres } from '@feedmill/store/testing/test-postgres';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Query {
  /** Where it stands: file and line. */
  readonly at: string;
  readonly sql: string;
}

/** The documents that show queries; those of other folders are not for users. */
function documents(): string[] {
  const inDocs = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', name));
  return ['README.md', ...inDocs];
}

/** Blocks of SQL, and what is given to `feedmill sql`, where it only reads. */
function queriesIn(file: string): Query[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const blocks = [...text.matchAll(/```sql\n([\s\S]*?)```/g)];
  const commands = [...text.matchAll(/feedmill (?:-- )?sql (?:--json )?(?:'([^']+)'|"([^"]+)")/g)];
  return [...blocks, ...commands]
    .map((match) => ({
      at: `${file}:${text.slice(0, match.index).split('\n').length}`,
      sql: (match[1] ?? match[2] ?? '').trim().replace(/;$/, ''),
    }))
    .filter(({ sql }) => /^(select|with)\b/.test(sql) && !sql.includes('…'));
}

const queries = documents().flatMap(queriesIn);

let postgres: TestPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  pool = openPool(postgres.url, 'feedmill-test');
});

afterAll(async () => {
  await pool.end();
  await postgres.close();
});

test('every query that the documents show can be asked', async () => {
  expect(queries.length).toBeGreaterThan(10);
  const faults: string[] = [];
  const client = await pool.connect();
  try {
    await client.query('set search_path = feedmill');
    for (const { at, sql } of queries) {
      await client.query(`explain ${sql}`).catch((error: unknown) => {
        faults.push(`${at}: ${String(error)}`);
      });
    }
  } finally {
    client.release();
  }
  expect(faults.join('\n')).toBe('');
});
