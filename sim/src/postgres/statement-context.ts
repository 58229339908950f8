import type { SimTable } from './sim-table.ts';
import type { Parameter, SqlRow } from './sql-value.ts';
import type { Transaction } from './transaction.ts';

/** A partition, as pg_class and pg_inherits know it. */
export interface SimPartition {
  readonly parent: SimTable;
  readonly from: bigint;
  /** Undefined: everything from `from` on. */
  readonly to: bigint | undefined;
  readonly isDefault: boolean;
}

/** The server, as a statement sees it. */
export interface StatementServer {
  readonly partitions: Map<string, SimPartition>;
  table(name: string): SimTable;
  /** Ends other sessions whose names match, and waits for them; the names of those that stay. */
  endSessions(
    asking: StatementSession,
    matches: (applicationName: string) => boolean,
    waitMs: number,
  ): Promise<string[]>;
}

/** The session that a statement runs in. */
export interface StatementSession {
  applicationName: string;
  lockTimeoutMs: number;
}

/** What a statement runs with. */
export interface StatementContext {
  readonly server: StatementServer;
  readonly session: StatementSession;
  readonly transaction: Transaction;
}

/** What a statement does. Rows are as SELECT and RETURNING give them. */
export type StatementRun = (
  context: StatementContext,
  values: readonly Parameter[],
  copyData: Buffer | undefined,
) => Promise<readonly SqlRow[]> | readonly SqlRow[];
