import { pipeline } from 'node:stream/promises';
import { FeedmillError } from '@feedmill/core/errors';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

const SELECT_VERSION = 'select max(version) as version from feedmill.migration';

// Oldest first: a partition is made before another one could take its place as the default.
const SELECT_PARTITIONS = `
select c.relname as name, p.relname as parent, pg_get_expr(c.relpartbound, c.oid) as bound
from pg_class c
join pg_inherits i on i.inhrelid = c.oid
join pg_class p on p.oid = i.inhparent
where c.relnamespace = 'feedmill'::regnamespace and c.relkind = 'r'
order by c.oid`;

// What belongs to a database and not to its rows stays: its schema's version, its API's keys.
const SELECT_TABLES = `
select c.relname as name from pg_class c
where c.relnamespace = 'feedmill'::regnamespace and c.relkind = 'r'
  and c.relname not in ('migration', 'api_key')
order by c.relname`;

const SELECT_SESSIONS = `
select count(*)::int4 as sessions from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
  and application_name like 'feedmill-shard-%'`;

const quoted = (name: string): string => `feedmill."${name.replaceAll('"', '""')}"`;

/**
 * Moves all rows of a database aside, into a schema of their own, where they stay. The schema
 * feedmill is gone then, and is made anew by `migrate`.
 *
 * @param name of the schema that they go to
 * @throws FeedmillError ALREADY_RUNNING while workers are connected
 */
export async function setRowsAside(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query<{ sessions: number }>(SELECT_SESSIONS);
  const sessions = rows[0]?.sessions ?? 0;
  if (sessions > 0) {
    throw new FeedmillError(
      'ALREADY_RUNNING',
      `${sessions} sessions of workers are open in the database whose rows shall be set aside; ` +
        'stop the workers of that region first.',
    );
  }
  await client.query(`alter schema feedmill rename to "${name}"`);
}

/**
 * Copies the rows of one database, as they stand at one moment, into another that has none. Whoever
 * reads the target sees all of it or nothing.
 *
 * @param keysFrom schema of the target whose API keys are kept
 * @param onTable told of each table before it is copied
 * @throws FeedmillError STORE_INCOMPATIBLE where the two have different versions of the schema
 */
export async function copyRows(
  source: pg.Client,
  target: pg.Client,
  keysFrom: string,
  onTable: (name: string) => void,
): Promise<void> {
  await source.query('begin isolation level repeatable read read only');
  try {
    await checkVersions(source, target);
    await target.query('begin');
    try {
      await makePartitions(source, target);
      const { rows: tables } = await source.query<{ name: string }>(SELECT_TABLES);
      for (const { name } of tables) {
        onTable(name);
        await copyTable(source, target, quoted(name));
      }
      await target.query(`insert into feedmill.api_key select * from "${keysFrom}".api_key`);
      await target.query('commit');
    } catch (error) {
      await target.query('rollback').catch(() => undefined);
      throw error;
    }
  } finally {
    await source.query('rollback').catch(() => undefined);
  }
}

async function checkVersions(source: pg.Client, target: pg.Client): Promise<void> {
  const read = async (client: pg.Client): Promise<number> =>
    (await client.query<{ version: number }>(SELECT_VERSION)).rows[0]?.version ?? 0;
  const [ours, theirs] = [await read(source), await read(target)];
  if (ours === theirs) return;
  throw new FeedmillError(
    'STORE_INCOMPATIBLE',
    `The rows to copy are in schema version ${ours}, and this program makes version ${theirs}; ` +
      'bring both regions to the same version of Feedmill first.',
  );
}

async function makePartitions(source: pg.Client, target: pg.Client): Promise<void> {
  const { rows } = await source.query<{ name: string; parent: string; bound: string }>(
    SELECT_PARTITIONS,
  );
  for (const { name, parent, bound } of rows) {
    await target.query(`create table if not exists ${quoted(name)}
      (like ${quoted(parent)} including all)`);
    await target.query(`alter table ${quoted(parent)} attach partition ${quoted(name)} ${bound}`);
  }
}

/** Triggers rest: what they would make is among the rows that are copied. */
async function copyTable(source: pg.Client, target: pg.Client, table: string): Promise<void> {
  await target.query(`alter table ${table} disable trigger user`);
  await target.query(`truncate ${table}`);
  await pipeline(
    source.query(copyTo(`copy ${table} to stdout (format binary)`)),
    target.query(copyFrom(`copy ${table} from stdin (format binary)`)),
  );
  await target.query(`alter table ${table} enable trigger user`);
}
