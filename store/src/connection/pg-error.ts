import { AssertionError } from 'node:assert/strict';

/** What an error of Postgres or of the connection means for whoever tried something. */
export type PgErrorKind =
  /** A newer epoch holds the shard (our FM001). */
  | 'fenced'
  /** The data is at fault: trying again gives the same. */
  | 'data'
  /** The same may succeed later: connection, resources, locks, shutdown, deadlock. */
  | 'retryable'
  /** A fault of ours or of the installation: a missing table, a forbidden statement. */
  | 'fault';

/** SQLSTATE of feedmill.advance_shard where another epoch or position stands. */
const SQLSTATE_FENCED = 'FM001';

/** SQLSTATE where a table does not exist: a partition that was dropped after it was made. */
export const SQLSTATE_UNDEFINED_TABLE = '42P01';

/**
 * Classes of SQLSTATE that pass by themselves: 08 connection, 25P03 and 57 terminated, cancelled
 * or starting, 40 serialization and deadlock, 53 resources, 55 object in use or lock timeout,
 * 58 the machine.
 */
const RETRYABLE_CLASSES: ReadonlySet<string> = new Set(['08', '40', '53', '55', '57', '58']);

/** 22 data exception, 23 constraint, 54 limits of a row. */
const DATA_CLASSES: ReadonlySet<string> = new Set(['22', '23', '54']);

/** A read-only server is a standby before its promotion, or a full disk kept from growing. */
const RETRYABLE_STATES: ReadonlySet<string> = new Set(['25006', '25P03', '25P04']);

/** The SQLSTATE of an error that the server sent; undefined for anything else. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const { code } = error;
  // Socket errors have codes too (ECONNRESET, EPIPE); theirs are not five characters of [0-9A-Z]
  // with a severity beside them.
  return typeof code === 'string' && 'severity' in error && /^[0-9A-Z]{5}$/.test(code)
    ? code
    : undefined;
}

/** Classifies by SQLSTATE; what has none is the connection's, unless it is our own mistake. */
export function pgErrorKind(error: unknown): PgErrorKind {
  const state = sqlStateOf(error);
  if (state === undefined) return isOurMistake(error) ? 'fault' : 'retryable';
  if (state === SQLSTATE_FENCED) return 'fenced';
  if (RETRYABLE_STATES.has(state)) return 'retryable';
  const stateClass = state.slice(0, 2);
  if (RETRYABLE_CLASSES.has(stateClass)) return 'retryable';
  return DATA_CLASSES.has(stateClass) ? 'data' : 'fault';
}

/** What a program does wrong does not pass by itself: tried again, it would be hidden for ever. */
function isOurMistake(error: unknown): boolean {
  return (
    error instanceof TypeError ||
    error instanceof ReferenceError ||
    error instanceof RangeError ||
    error instanceof SyntaxError ||
    error instanceof AssertionError
  );
}
