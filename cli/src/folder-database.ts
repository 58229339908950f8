import { FeedmillError } from '@feedmill/core/errors';
import { connect } from '@feedmill/store/connection/connect';
import { startEmbeddedPostgres } from '@feedmill/store/embedded/embedded-postgres';
import type { CommandContext } from './command-context.ts';
import { lockFolder, readLockHolder } from './folder-lock.ts';
import { LIMITS } from './limits.ts';
import { readLocalState } from './local-state.ts';
import { primaryFolder, regionFolders } from './regions/region-folders.ts';

/** A connection to Postgres. */
export type Database = Awaited<ReturnType<typeof connect>>;

const SHORT_HOLDERS: ReadonlySet<string> = new Set([
  'sql',
  'load',
  'key',
  'verify',
  'down',
  'rebuild',
]);

/**
 * Connects to the Postgres of a folder, of two regions to that of the primary, whether something
 * runs there or not: a stopped embedded server is started for the moment.
 *
 * @param command the command that asks, for whoever finds the folder held
 * @throws FeedmillError NOT_RUNNING where the folder holds nothing yet, STORE_UNAVAILABLE
 */
export async function withFolderDatabase<T>(
  given: string,
  command: string,
  context: CommandContext,
  use: (database: Database, isRunning: boolean) => Promise<T>,
): Promise<T> {
  const folders = await regionFolders(given);
  const dir = folders === undefined ? given : (await primaryFolder(folders)).dir;
  const holder = await readLockHolder(dir);
  const isRunning = holder !== undefined && !SHORT_HOLDERS.has(holder.command);
  const postgres = (await readLocalState(dir))?.postgres;
  if (postgres === undefined) throw nothingYet(dir, isRunning);
  if (isRunning || !postgres.embedded) {
    return await withConnection(postgres.url, command, (database) => use(database, isRunning));
  }
  const { clock } = context;
  const lock = await lockFolder(dir, command, clock);
  try {
    const log = { info: () => undefined, warn: () => undefined };
    const server = await startEmbeddedPostgres({ dir, clock, log });
    try {
      return await withConnection(server.url, command, (database) => use(database, false));
    } finally {
      // One that a killed supervisor left is not ours to stop: its workers may still be draining.
      if (!server.wasRunning) await server.stop();
    }
  } finally {
    await lock.release();
  }
}

/** Opens a connection for the time of `use`. */
export async function withConnection<T>(
  url: string,
  command: string,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const database = await connect({
    url,
    applicationName: `feedmill-${command}`,
    connectTimeoutMs: LIMITS.databaseConnectMs,
    lockTimeoutMs: 0,
    statementTimeoutMs: 0,
    idleInTransactionTimeoutMs: 0,
  });
  try {
    // A statement of somebody who has gone away shall not go on for hours.
    await database.query(`set client_connection_check_interval = '2s'`).catch(() => undefined);
    return await use(database);
  } finally {
    await database.end().catch(() => undefined);
  }
}

function nothingYet(dir: string, isRunning: boolean): FeedmillError {
  return new FeedmillError(
    'NOT_RUNNING',
    isRunning
      ? `Postgres in ${dir} is not up yet; try again in a moment.`
      : `There is no Feedmill in ${dir}; name its folder with --dir, or start one with ` +
          '`feedmill up`.',
  );
}
