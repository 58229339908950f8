import { readFile } from 'node:fs/promises';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import pg from 'pg';
import type { Log } from '../log.ts';
import { findBinaries } from './binaries.ts';
import { createData, isDataComplete, OWNER_ROLE } from './create-data.ts';
import { launch, logTail } from './launch.ts';
import {
  POLL_INTERVAL_MS,
  START_RETRY_INTERVAL_MS,
  START_RETRY_MAX_MS,
  START_WAIT_MAX_MS,
  STOP_WAIT_MAX_MS,
} from './limits.ts';
import { type Place, passwordFile, preparePlace } from './place.ts';
import { choosePort, rememberPort } from './port.ts';
import { isAlive, isPostgresOver, type Postmaster, readPostmaster } from './postmaster.ts';

/** The database that the server is made with; Feedmill keeps its tables there. */
const DATABASE = 'postgres';

export interface EmbeddedPostgresOptions {
  /** Feedmill's folder; the server gets `postgres/` below it. */
  readonly dir: string;
  /** Taken as it is; otherwise the port of the last time when it is free, or any free one. */
  readonly port?: number;
  readonly clock: Clock;
  readonly log: Log;
  /** For tests: no commit is synced, so that they do not wait for the disk. Default true. */
  readonly isDurable?: boolean;
  /** For root: where data and programs go when Postgres' user cannot reach `dir`. */
  readonly sharedFolder?: string;
}

/** A running server of ours. It lives on when this process dies, and is found again. */
export interface EmbeddedPostgres {
  /** Connection URL with user, password and database. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Whether it was found running instead of being started. */
  readonly wasRunning: boolean;
  isRunning(): Promise<boolean>;
  /** Fast shutdown: open transactions are rolled back, committed ones are safe. */
  stop(): Promise<void>;
}

/**
 * Starts the Postgres that npm has installed, or adopts the one that a killed supervisor left.
 * The first call makes the data directory, which takes about a second.
 *
 * @throws FeedmillError CONFIG_INVALID (no binaries, no usable folder or user) or
 *   STORE_UNAVAILABLE (it does not come up; the message ends with what its log says)
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { dir, clock, log } = options;
  const binaries = findBinaries(process.platform, process.arch);
  const place = await preparePlace(dir, binaries, process.getuid?.(), options.sharedFolder);
  if (!(await isDataComplete(place))) {
    log.info(`Making a Postgres data directory in ${place.dataFolder}.`);
    await createData(place, options.isDurable ?? true);
  }
  const password = await readPassword(place);
  const found = await adopt(place, password, clock);
  if (found !== undefined) {
    log.info(`Postgres was still running on port ${found.port} (process ${found.pid}).`);
    return handle(place, found, password, clock, log, true);
  }
  const started = await start(place, password, options);
  log.info(`Postgres runs on port ${started.port} (process ${started.pid}).`);
  return handle(place, started, password, clock, log, false);
}

function handle(
  place: Place,
  { pid, port }: Postmaster,
  password: string,
  clock: Clock,
  log: Log,
  wasRunning: boolean,
): EmbeddedPostgres {
  return {
    url: urlOf(port, password),
    port,
    pid,
    wasRunning,
    isRunning: () => isPostgresOver(pid, place.dataFolder),
    stop: () => stop(place, pid, clock, log),
  };
}

const urlOf = (port: number, password: string): string =>
  `postgres://${OWNER_ROLE}:${password}@127.0.0.1:${port}/${DATABASE}`;

async function readPassword(place: Place): Promise<string> {
  try {
    return (await readFile(passwordFile(place), 'utf8')).trim();
  } catch (error) {
    throw new FeedmillError(
      'CONFIG_INVALID',
      `The password of the Postgres in ${place.folder} cannot be read from ` +
        `${passwordFile(place)}: start Feedmill as the user who made that folder.`,
      { cause: error },
    );
  }
}

/** The server that already runs over our data, once it answers; undefined when none does. */
async function adopt(
  place: Place,
  password: string,
  clock: Clock,
): Promise<Postmaster | undefined> {
  const deadlineMs = clock.monotonicMs() + START_WAIT_MAX_MS;
  while (clock.monotonicMs() < deadlineMs) {
    const found = await readPostmaster(place.dataFolder);
    // A file left by a dead server is for the next one to remove, which looks for living
    // backends of the old one before it does.
    if (found === undefined || !(await isPostgresOver(found.pid, place.dataFolder))) {
      return undefined;
    }
    if (found.status === 'ready' && (await answers(urlOf(found.port, password)))) return found;
    await sleep(clock, POLL_INTERVAL_MS);
  }
  throw new FeedmillError(
    'STORE_UNAVAILABLE',
    `A Postgres over ${place.dataFolder} runs but does not answer within ` +
      `${START_WAIT_MAX_MS} ms; its log ends: ${await logTail(place)}`,
  );
}

async function start(
  place: Place,
  password: string,
  { port: askedPort, isDurable = true, clock, log }: EmbeddedPostgresOptions,
): Promise<Postmaster> {
  let tail = '';
  const deadlineMs = clock.monotonicMs() + START_RETRY_MAX_MS;
  while (clock.monotonicMs() < deadlineMs) {
    const port = askedPort ?? (await choosePort(place));
    const { pid, logStart } = await launch(place, port, isDurable);
    const ready = await waitUntilReady(place, pid, password, clock);
    if (ready !== undefined) {
      await rememberPort(place, ready.port);
      return ready;
    }
    tail = await logTail(place, logStart);
    // A server killed a moment ago is not gone yet, or its backends still hold its memory; or our
    // port was taken.
    if (!/pre-existing shared memory|could not bind|lock file "postmaster.pid"/.test(tail)) break;
    log.warn(`Postgres did not start and is tried again: ${tail}`);
    await sleep(clock, START_RETRY_INTERVAL_MS);
  }
  throw new FeedmillError(
    'STORE_UNAVAILABLE',
    `Postgres did not start in ${place.dataFolder}; its log ends: ${tail}`,
  );
}

/** Undefined when the process ended instead. */
async function waitUntilReady(
  place: Place,
  pid: number,
  password: string,
  clock: Clock,
): Promise<Postmaster | undefined> {
  const deadlineMs = clock.monotonicMs() + START_WAIT_MAX_MS;
  while (clock.monotonicMs() < deadlineMs) {
    if (!(await isAlive(pid))) return undefined;
    const found = await readPostmaster(place.dataFolder);
    if (found?.pid === pid && found.status === 'ready') {
      if (await answers(urlOf(found.port, password))) return found;
    }
    await sleep(clock, POLL_INTERVAL_MS);
  }
  process.kill(pid, 'SIGQUIT');
  return undefined;
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  // A server that goes away between two messages must not end our process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function stop(place: Place, pid: number, clock: Clock, log: Log): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!(await isPostgresOver(pid, place.dataFolder))) return;
    process.kill(pid, signal);
    const deadlineMs = clock.monotonicMs() + STOP_WAIT_MAX_MS;
    while (clock.monotonicMs() < deadlineMs) {
      if (!(await isAlive(pid))) return;
      await sleep(clock, POLL_INTERVAL_MS);
    }
    log.warn(`Postgres (process ${pid}) is still there ${STOP_WAIT_MAX_MS} ms after ${signal}.`);
  }
}
