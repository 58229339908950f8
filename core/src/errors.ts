/**
 * Every operating error of Feedmill. `docs/reference/errors.md` is generated from this list:
 * the text says what happened, and what to do.
 */
export const ERROR_CODES = {
  USAGE: 'The command line is wrong. See `feedmill --help`.',
  CONFIG_INVALID: 'A configuration value is not allowed. The message names path, value and rule.',
  SOURCE_INVALID: 'A --source SPEC cannot be read. `feedmill sources` lists kinds and formats.',
  SOURCE_FAILED: 'A source stopped because its input is missing or broken.',
  NOT_RUNNING: 'No Feedmill runs in this folder. Start one with `feedmill up --dir …`.',
  ALREADY_RUNNING: 'Another Feedmill holds this folder. `feedmill down` stops it.',
  BATCH_UNDECODABLE: 'A batch is not valid protobuf. The producer must be repaired.',
  BATCH_INVALID: 'A batch breaks the contract (empty, too large, sequence out of range).',
  JOURNAL_CORRUPT: 'A journal entry that was acknowledged cannot be read. See the runbook.',
  JOURNAL_FOREIGN: 'The journal on this volume belongs to another shard or cluster.',
  JOURNAL_BEHIND: 'The journal ends before what Postgres already holds. See the runbook.',
  JOURNAL_FULL: 'The journal has reached its disk budget; producers are slowed until it drains.',
  JOURNAL_IO: 'Writing or syncing the journal failed. The process ends; it is never tried again.',
  JOURNAL_TAKEN: 'Another process wrote this journal while it was opened. Start this worker again.',
  FENCED: 'A newer epoch holds this shard. This process must not write and ends.',
  STORE_UNAVAILABLE: 'Postgres cannot be reached. It is tried again with growing delays.',
  STORE_REJECTED: 'Postgres refused a statement that must succeed. See the message.',
  STORE_INCOMPATIBLE: 'The database has a schema or version this program cannot use.',
  PRODUCER_REFUSED: 'The worker refused the producer; the status says why.',
  WORKER_UNAVAILABLE: 'No worker answers for the producer. It is tried again.',
  API_UNAVAILABLE: 'The Kubernetes API server does not answer. It is tried again.',
  API_REFUSED: 'The Kubernetes API server refused a request. The message is its own.',
  NAME_TAKEN: 'An object in Kubernetes has a name that Feedmill needs, and is not its own.',
  LEADERSHIP_LOST:
    'Another replica of the operator leads, or may. This process changes nothing more.',
  WITNESS_UNAVAILABLE: 'The witness of the two regions does not answer. It is tried again.',
  WITNESS_STORE: 'The witness cannot read or write its registers. See the message.',
  REGION_DIVERGED: 'Two regions committed different entries at the same position. See the runbook.',
  INTERNAL: 'A fault of Feedmill itself. Please report it with the log.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

const RETRYABLE: ReadonlySet<ErrorCode> = new Set([
  'JOURNAL_FULL',
  'STORE_UNAVAILABLE',
  'WORKER_UNAVAILABLE',
  'API_UNAVAILABLE',
  'WITNESS_UNAVAILABLE',
]);

/** An operating error: its message says what was seen, where, what was allowed and what to do. */
export class FeedmillError extends Error {
  override readonly name = 'FeedmillError';
  readonly code: ErrorCode;
  /** Whether the same call may succeed later without anyone changing anything. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.retryable = RETRYABLE.has(code);
  }

  /** Keeps a FeedmillError as it is; wraps anything else. */
  static from(thrown: unknown, code: ErrorCode = 'INTERNAL'): FeedmillError {
    if (thrown instanceof FeedmillError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new FeedmillError(code, message, { cause: thrown });
  }
}
