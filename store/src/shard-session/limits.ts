/**
 * How long a statement of a shard's session waits for a lock. Nobody but an older holder of the
 * same shard keeps one for longer than a commit, and that one is ended.
 */
export const LOCK_TIMEOUT_MS = 2_000;

/**
 * How long a new holder waits for the shard's row before it ends the session that has it: a commit
 * in progress is given the time of a slow disk's sync, a frozen one no more.
 */
export const TAKEOVER_LOCK_TIMEOUT_MS = 250;

/**
 * How long one statement may take: a COPY of the largest batch (some 10 MB) takes 0.2 s, so the
 * server is in trouble after this, and the next attempt may find it better.
 */
export const STATEMENT_TIMEOUT_MS = 30_000;

/** Postgres ends the session of a worker that froze within a transaction after this. */
export const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5_000;

/**
 * When a commit without an answer is given up: the connection is closed and the outcome settled on
 * a new one. Above STATEMENT_TIMEOUT_MS, so that a server that can still speak speaks first.
 */
export const COMMIT_TIMEOUT_MS = 40_000;

/** How long connecting may take; a restarting server is tried again by the caller. */
export const CONNECT_TIMEOUT_MS = 5_000;

/** How long a new holder waits until the ended sessions of older epochs are gone. */
export const TERMINATE_WAIT_MAX_MS = 5_000;

/** Attempts at raising the epoch, each ending the sessions that blocked the one before. */
export const ACQUIRE_ATTEMPTS_MAX = 5;

/**
 * Raw bytes that a dead letter keeps: a venue's frame is nearly always shorter, so that it can be
 * tried again by hand; a whole book is not.
 */
export const DEAD_LETTER_RAW_BYTES_MAX = 4_096;

/** Characters of a dead letter's message. */
export const DEAD_LETTER_MESSAGE_CHARS_MAX = 500;
