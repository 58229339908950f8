import pg from 'pg';

/**
 * Readers that one process runs at a time. Sessions cost the server some 10 MB each, and a query
 * that waits for one is better than a server that thrashes.
 */
const POOL_CONNECTIONS_MAX = 4;

/** How long a reader waits for a connection: then the caller's circuit breaker counts a failure. */
const POOL_CONNECT_TIMEOUT_MS = 3_000;

/** How long one query of a person or the gateway may take. */
const POOL_STATEMENT_TIMEOUT_MS = 30_000;

/** Unused connections are closed after this. */
const POOL_IDLE_TIMEOUT_MS = 30_000;

/**
 * Connections for reading, opened when they are needed: opening the pool does not fail while the
 * server is away, and queries begin to succeed when it is back.
 */
export function openPool(url: string, applicationName: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: applicationName,
    max: POOL_CONNECTIONS_MAX,
    connectionTimeoutMillis: POOL_CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: POOL_IDLE_TIMEOUT_MS,
    statement_timeout: POOL_STATEMENT_TIMEOUT_MS,
    allowExitOnIdle: true,
  });
  // An idle connection that the server closed leaves the pool by itself.
  pool.on('error', () => undefined);
  return pool;
}
