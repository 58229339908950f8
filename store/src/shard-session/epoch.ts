import { FeedmillError } from '@feedmill/core/errors';
import type pg from 'pg';
import { type Connect, unavailable } from '../connection/connect.ts';
import { sqlStateOf } from '../connection/pg-error.ts';
import {
  ACQUIRE_ATTEMPTS_MAX,
  CONNECT_TIMEOUT_MS,
  IDLE_IN_TRANSACTION_TIMEOUT_MS,
  LOCK_TIMEOUT_MS,
  STATEMENT_TIMEOUT_MS,
  TAKEOVER_LOCK_TIMEOUT_MS,
  TERMINATE_WAIT_MAX_MS,
} from './limits.ts';
import { prepareAll } from './pipeline.ts';
import {
  END_SESSIONS,
  RAISE_EPOCH,
  REQUIRE_SYNCHRONOUS_COMMIT,
  SELECT_SHARD,
  SESSION_STATEMENTS,
  SET_LOCK_TIMEOUT,
  SETTLE,
} from './statements.ts';

export interface AcquireOptions {
  readonly url: string;
  readonly shard: number;
  /** Which Feedmill the database serves; a second one in it is refused. */
  readonly clusterId: string;
  /** Who takes the shard, for people: a pod's or a process' name. */
  readonly holder: string;
  /** The epoch that must stand before it is raised (0: none yet); absent: any. */
  readonly expectedEpoch?: number;
}

/** What stands in the shard's row; the server sends int8 as text. */
interface ShardRow {
  readonly epoch: string;
  readonly position: string;
  readonly cluster_id: string;
  readonly holder: string;
}

const LOCK_NOT_AVAILABLE = '55P03';

/** Connects and prepares all statements whose text does not depend on the data. */
export async function openSession(
  { url, shard }: AcquireOptions,
  connect: Connect,
): Promise<pg.Client> {
  const client = await connect({
    url,
    applicationName: `feedmill-shard-${shard}`,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    lockTimeoutMs: TAKEOVER_LOCK_TIMEOUT_MS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    idleInTransactionTimeoutMs: IDLE_IN_TRANSACTION_TIMEOUT_MS,
  });
  try {
    await client.query(REQUIRE_SYNCHRONOUS_COMMIT);
    const prepared = await prepareAll(client, SESSION_STATEMENTS);
    if (!prepared.ok) throw prepared.error;
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw unavailable(url, error);
  }
}

/**
 * Raises the shard's epoch and ends every session of a lower one. An older holder that is frozen
 * with the row locked is ended first.
 */
export async function raiseEpoch(
  client: pg.Client,
  options: AcquireOptions,
): Promise<{ readonly epoch: number; readonly position: number }> {
  const { shard, clusterId, holder, expectedEpoch } = options;
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { rows } = await client.query<ShardRow>(RAISE_EPOCH, [
          shard,
          clusterId,
          holder,
          expectedEpoch,
        ]);
        const raised = rows[0];
        if (raised === undefined) throw await refusal(client, options);
        const epoch = Number(raised.epoch);
        await endSessions(client, shard, epoch - 1);
        await client.query(SET_LOCK_TIMEOUT, [String(LOCK_TIMEOUT_MS)]);
        return { epoch, position: Number(raised.position) };
      } catch (error) {
        if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE || attempt === ACQUIRE_ATTEMPTS_MAX) {
          throw error;
        }
        await endSessions(client, shard, await standingEpoch(client, shard));
      }
    }
  } catch (error) {
    if (error instanceof FeedmillError) throw error;
    throw unavailable(options.url, error);
  }
}

/**
 * Comes back under an epoch that is held already: ends what its lost connection may have left
 * running, and reads the position in a write.
 *
 * @throws FeedmillError FENCED or STORE_UNAVAILABLE
 */
export async function reopen(
  options: AcquireOptions,
  epoch: number,
  connect: Connect,
): Promise<{ readonly client: pg.Client; readonly position: number }> {
  const client = await openSession(options, connect);
  try {
    await endSessions(client, options.shard, epoch);
    const { rows } = await client.query<ShardRow>(SETTLE, [options.shard, epoch]);
    const settled = rows[0];
    if (settled === undefined) throw await refusal(client, { ...options, expectedEpoch: epoch });
    await client.query(SET_LOCK_TIMEOUT, [String(LOCK_TIMEOUT_MS)]);
    return { client, position: Number(settled.position) };
  } catch (error) {
    await client.end().catch(() => undefined);
    if (error instanceof FeedmillError) throw error;
    throw unavailable(options.url, error);
  }
}

async function standingEpoch(client: pg.Client, shard: number): Promise<number> {
  const { rows } = await client.query<ShardRow>(SELECT_SHARD, [shard]);
  return Number(rows[0]?.epoch ?? 0);
}

async function endSessions(client: pg.Client, shard: number, epochMax: number): Promise<void> {
  const { rows } = await client.query<{ stuck: string[] }>(END_SESSIONS, [
    shard,
    epochMax,
    TERMINATE_WAIT_MAX_MS,
  ]);
  const stuck = rows[0]?.stuck ?? [];
  if (stuck.length > 0) {
    throw new FeedmillError(
      'STORE_UNAVAILABLE',
      `Sessions of older holders of shard ${shard} do not end within ${TERMINATE_WAIT_MAX_MS} ms ` +
        `(${stuck.join(', ')}); it is tried again.`,
    );
  }
}

async function refusal(client: pg.Client, options: AcquireOptions): Promise<FeedmillError> {
  const { shard, clusterId, expectedEpoch } = options;
  const { rows } = await client.query<ShardRow>(SELECT_SHARD, [shard]);
  const standing = rows[0];
  if (standing !== undefined && standing.cluster_id !== clusterId) {
    return new FeedmillError(
      'STORE_INCOMPATIBLE',
      `The database serves the cluster ${standing.cluster_id}, this is ${clusterId}: ` +
        'give each cluster a database of its own.',
    );
  }
  return new FeedmillError(
    'FENCED',
    `Shard ${shard} is held by ${standing?.holder ?? 'nobody'} with epoch ` +
      `${standing?.epoch ?? 0}; epoch ${expectedEpoch ?? 'any'} was expected.`,
  );
}
