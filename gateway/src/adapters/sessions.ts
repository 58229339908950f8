import pg from 'pg';

export interface SessionOptions {
  readonly url: string;
  readonly applicationName: string;
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/**
 * Sessions for questions: they can only read, as a role that can read the tables and nothing else.
 * They are opened when they are needed, so that a server that is away is found out by asking.
 *
 * @param role empty for the rights of the URL's own user
 */
export function readerSessions(options: SessionOptions, role: string): pg.Pool {
  const settings = [
    'default_transaction_read_only=on',
    // Questions are short; compiling them takes longer than they do.
    'jit=off',
    ...(role === '' ? [] : [`role=${role}`]),
  ];
  return poolOf(options, settings.map((setting) => `-c ${setting}`).join(' '));
}

/** Sessions with the rights of the URL's own user, for the keys. */
export const ownerSessions = (options: SessionOptions): pg.Pool => poolOf(options, undefined);

function poolOf(options: SessionOptions, settings: string | undefined): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.connectionsMax,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: options.idleTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    // The server's own limit comes first; this is for one that says nothing any more.
    query_timeout: options.statementTimeoutMs + options.connectTimeoutMs,
    keepAlive: true,
    ...(settings !== undefined && { options: settings }),
  });
  // An idle session that the server closed leaves the pool by itself.
  pool.on('error', () => undefined);
  return pool;
}
