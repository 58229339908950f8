import { FeedmillError } from '@feedmill/core/errors';
import pg from 'pg';

/** Sends a keep-alive after this much silence, so that a vanished server is noticed at all. */
const KEEP_ALIVE_DELAY_MS = 5_000;

export interface ConnectOptions {
  readonly url: string;
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
}

/** Opens one connection: `connect`, or the simulator's. */
export type Connect = (options: ConnectOptions) => Promise<pg.Client>;

/**
 * Opens one connection. A loss later shows in the query that runs, or in the next.
 *
 * @throws FeedmillError STORE_UNAVAILABLE
 */
export async function connect(options: ConnectOptions): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs,
    lock_timeout: options.lockTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
  });
  // Without a listener, losing an idle connection would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw unavailable(options.url, error);
  }
}

/** The error for a server that cannot be reached, naming it without its password. */
export function unavailable(url: string, cause: unknown): FeedmillError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FeedmillError(
    'STORE_UNAVAILABLE',
    `Postgres at ${hostOf(url)} cannot be used: ${reason}`,
    { cause },
  );
}

/** Host and port of a connection URL, for messages: never its password. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the given URL';
}
