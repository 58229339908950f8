/** Oldest Postgres that has everything the migrations use (SQL function bodies need 14). */
export const SERVER_VERSION_MIN = 15;

/**
 * How long a migration waits for a lock before it gives up and says so: a running worker holds
 * none for longer than a commit.
 */
export const MIGRATION_LOCK_TIMEOUT_MS = 30_000;

/** Key of the advisory lock that lets one process migrate at a time ("feedmill" in ASCII). */
export const MIGRATION_LOCK_KEY = '7378415046523186284';

/** How long connecting may take. */
export const CONNECT_TIMEOUT_MS = 5_000;

/** How long one migration may take: a new index over a grown table takes minutes. */
export const MIGRATION_STATEMENT_TIMEOUT_MS = 3_600_000;

/** Pause before a Postgres that did not answer is tried again. */
export const RETRY_MS = 500;
