import type { PgServerError } from './pg-server-error.ts';
import type { Parameter, SqlRow } from './sql-value.ts';

/** What a client opens a connection with. */
export interface SessionOpening {
  readonly applicationName: string;
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
}

/** One message of a client, in the order of the extended protocol. */
export type WireStep =
  | { readonly kind: 'parse'; readonly name: string; readonly text: string }
  | {
      readonly kind: 'execute';
      readonly statement: string;
      readonly values: readonly Parameter[];
      readonly copyData: Buffer | undefined;
    }
  /** A statement without a name, prepared and run at once. */
  | { readonly kind: 'query'; readonly text: string; readonly values: readonly Parameter[] }
  /** Whatever failed, from here on statements run again. */
  | { readonly kind: 'sync' };

/** Rows of a statement. */
export interface StatementResult {
  readonly rows: readonly SqlRow[];
  readonly rowCount: number;
}

/** What the server says. */
export type ServerReply =
  | { readonly kind: 'welcome' }
  /** All up to a sync is done, or failed after `completed` statements. */
  | {
      readonly kind: 'ready';
      readonly completed: number;
      readonly result: StatementResult;
      readonly error: PgServerError | undefined;
    }
  /** The session is over. */
  | { readonly kind: 'fatal'; readonly completed: number; readonly error: PgServerError };
