import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import { migrate, readMigrations } from './migrate.ts';

let postgres: TestPostgres;
let db: pg.Client;
const log = { info: () => undefined, warn: () => undefined };

beforeAll(async () => {
  postgres = await startTestPostgres();
  db = new pg.Client(postgres.url);
  await db.connect();
});

afterAll(async () => {
  await db.end();
  await postgres.close();
});

async function freshDatabase(name: string): Promise<string> {
  await db.query(`create database ${name}`);
  const url = new URL(postgres.url);
  url.pathname = name;
  return url.href;
}

test('migrating again changes nothing', async () => {
  const versions = await db.query('select version, applied_at from feedmill.migration order by 1');
  expect(await migrate(postgres.url, log)).toBe((await readMigrations()).length);
  const after = await db.query('select version, applied_at from feedmill.migration order by 1');
  expect(after.rows).toEqual(versions.rows);
});

test('several that migrate one database at once apply each migration once', async () => {
  const url = await freshDatabase('crowded');
  const applied: string[] = [];
  const crowd = { info: (message: string) => void applied.push(message), warn: () => undefined };
  await Promise.all([migrate(url, crowd), migrate(url, crowd), migrate(url, crowd)]);
  expect(applied).toHaveLength((await readMigrations()).length);
});

test('a database with a newer schema is refused', async () => {
  const url = await freshDatabase('newer');
  await migrate(url, log);
  const client = new pg.Client(url);
  await client.connect();
  await client.query("insert into feedmill.migration (version, name) values (9999, 'future')");
  await client.end();
  await expect(migrate(url, log)).rejects.toMatchObject({
    code: 'STORE_INCOMPATIBLE',
    message: expect.stringContaining('9999') as unknown,
  });
});

test('an address where nobody listens is unavailable, and its password is not told', async () => {
  const url = 'postgres://someone:secret@127.0.0.1:1/none';
  const error = await migrate(url, log).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  expect(String(error)).toContain('127.0.0.1:1');
  expect(String(error)).not.toContain('secret');
});
