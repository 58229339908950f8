import { readdir, readFile } from 'node:fs/promises';
import { FeedmillError } from '@feedmill/core/errors';
import type pg from 'pg';
import { connect } from '../connection/connect.ts';
import type { Log } from '../log.ts';
import {
  CONNECT_TIMEOUT_MS,
  MIGRATION_LOCK_KEY,
  MIGRATION_LOCK_TIMEOUT_MS,
  MIGRATION_STATEMENT_TIMEOUT_MS,
  SERVER_VERSION_MIN,
} from './limits.ts';

const MIGRATIONS_FOLDER = new URL('../../migrations/', import.meta.url);
const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;

const TAKE_LOCK = 'select pg_advisory_lock($1)';

const CREATE_LEDGER = `
create schema if not exists feedmill;
create table if not exists feedmill.migration (
  version int4 primary key,
  name text not null,
  applied_at timestamptz not null default now()
)`;

const INSERT_VERSION = 'insert into feedmill.migration (version, name) values ($1, $2)';

const SELECT_VERSION = 'select coalesce(max(version), 0) as version from feedmill.migration';

const SELECT_SERVER_VERSION = `
select current_setting('server_version_num')::int4 / 10000 as major,
  current_setting('server_version') as text`;

/** One numbered file of store/migrations. Applied files never change; new ones are added. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/**
 * Brings the database to this program's schema. Each migration is one transaction that writes its
 * version first, so that two programs never apply the same one; the advisory lock makes the second
 * wait instead of fail.
 *
 * @returns the schema version that stands now
 * @throws FeedmillError STORE_INCOMPATIBLE (Postgres too old, or a newer schema),
 *   STORE_UNAVAILABLE (no connection) or STORE_REJECTED (a migration failed; nothing of it stays)
 */
export async function migrate(url: string, log: Log): Promise<number> {
  const client = await connect({
    url,
    applicationName: 'feedmill-migrate',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    lockTimeoutMs: MIGRATION_LOCK_TIMEOUT_MS,
    statementTimeoutMs: MIGRATION_STATEMENT_TIMEOUT_MS,
    idleInTransactionTimeoutMs: MIGRATION_LOCK_TIMEOUT_MS,
  });
  try {
    await checkServer(client);
    await client.query(TAKE_LOCK, [MIGRATION_LOCK_KEY]);
    await client.query(CREATE_LEDGER);
    return await applyMissing(client, await readMigrations(), log);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** All migrations, in order; their numbers run from 1 without holes. */
export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(MIGRATIONS_FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const version = Number(FILE_NAME.exec(name)?.[1]);
      if (version !== index + 1) {
        throw new FeedmillError(
          'INTERNAL',
          `store/migrations/${name} should be number ${index + 1}, as NNNN-what-it-does.sql.`,
        );
      }
      const sql = await readFile(new URL(name, MIGRATIONS_FOLDER), 'utf8');
      return { version, name: name.slice(0, -'.sql'.length), sql };
    }),
  );
}

async function applyMissing(
  client: pg.Client,
  migrations: readonly Migration[],
  log: Log,
): Promise<number> {
  const result = await client.query<{ version: number }>(SELECT_VERSION);
  const standing = result.rows[0]?.version ?? 0;
  if (standing > migrations.length) {
    throw new FeedmillError(
      'STORE_INCOMPATIBLE',
      `The database has schema version ${standing}, this program knows up to ` +
        `${migrations.length}: update Feedmill, or use another database.`,
    );
  }
  for (const migration of migrations.slice(standing)) {
    await apply(client, migration);
    log.info(`Applied migration ${migration.name}.`);
  }
  return migrations.length;
}

async function apply(client: pg.Client, { version, name, sql }: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(INSERT_VERSION, [version, name]);
    await client.query(sql);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw new FeedmillError(
      'STORE_REJECTED',
      `Migration ${name} failed and was rolled back: ${String(error)}`,
      { cause: error },
    );
  }
}

async function checkServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ major: number; text: string }>(SELECT_SERVER_VERSION);
  const found = rows[0];
  if (found === undefined || found.major < SERVER_VERSION_MIN) {
    throw new FeedmillError(
      'STORE_INCOMPATIBLE',
      `The server is Postgres ${found?.text ?? 'of unknown version'}; Feedmill needs ` +
        `${SERVER_VERSION_MIN} or newer: upgrade it, or leave --postgres away to use the ` +
        'embedded one.',
    );
  }
}
