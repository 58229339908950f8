import type { LockOwner, LockTable } from './lock-table.ts';
import { PgServerError } from './pg-server-error.ts';
import type { SimTable } from './sim-table.ts';
import type { SqlRow } from './sql-value.ts';

interface Change {
  readonly table: SimTable;
  readonly key: string;
  readonly before: SqlRow | undefined;
  readonly wasChanged: boolean;
}

/**
 * What one transaction has changed and nobody else sees. It reads what is committed when a
 * statement begins, beside its own changes (READ COMMITTED), and locks every row that it writes.
 */
export class Transaction implements LockOwner {
  readonly name: string;
  waitsFor: string | undefined;
  readonly #locks: LockTable;
  readonly #changed = new Map<SimTable, Map<string, SqlRow>>();
  readonly #log: Change[] = [];
  #savepoint: number | undefined;

  constructor(name: string, locks: LockTable) {
    this.name = name;
    this.#locks = locks;
  }

  find(table: SimTable, key: string): SqlRow | undefined {
    return this.#changed.get(table)?.get(key) ?? table.rows.get(key);
  }

  /** Every row that this transaction sees. */
  *rows(table: SimTable): Generator<SqlRow> {
    const changed = this.#changed.get(table);
    for (const [key, row] of table.rows) yield changed?.get(key) ?? row;
    for (const [key, row] of changed ?? []) if (!table.rows.has(key)) yield row;
  }

  /** Waits until nobody else writes this row; undefined where nobody does. */
  lock(table: SimTable, key: string, timeoutMs: number): Promise<void> | undefined {
    return this.#locks.acquire(this, `${table.schema.name}/${key}`, timeoutMs);
  }

  /** A row that must not be there. */
  async insert(table: SimTable, row: SqlRow, lockTimeoutMs: number): Promise<void> {
    const key = table.keyOf(row);
    const waiting = this.lock(table, key, lockTimeoutMs);
    if (waiting !== undefined) await waiting;
    if (this.find(table, key) !== undefined) {
      throw new PgServerError(
        '23505',
        `duplicate key value violates unique constraint "${table.schema.name}_pkey"`,
      );
    }
    for (const column of table.schema.uniques) this.#checkUnique(table, column, row);
    this.put(table, key, row);
  }

  /** A row that is locked. */
  put(table: SimTable, key: string, row: SqlRow): void {
    let changed = this.#changed.get(table);
    if (changed === undefined) {
      changed = new Map();
      this.#changed.set(table, changed);
    }
    const before = changed.get(key);
    this.#log.push({ table, key, before, wasChanged: before !== undefined });
    changed.set(key, row);
  }

  setSavepoint(): void {
    this.#savepoint = this.#log.length;
  }

  releaseSavepoint(): void {
    this.#savepoint = undefined;
  }

  rollbackToSavepoint(): void {
    if (this.#savepoint === undefined) {
      throw new PgServerError('3B001', 'savepoint "part" does not exist');
    }
    while (this.#log.length > this.#savepoint) {
      const { table, key, before, wasChanged } = this.#log.pop() as Change;
      const changed = this.#changed.get(table);
      if (wasChanged && before !== undefined) changed?.set(key, before);
      else changed?.delete(key);
    }
  }

  /** Rows that would be new and rows that would be other ones, by table. */
  changes(): IterableIterator<[SimTable, Map<string, SqlRow>]> {
    return this.#changed.entries();
  }

  /** Everything becomes visible. */
  apply(): void {
    for (const [table, rows] of this.#changed) {
      for (const [key, row] of rows) table.rows.set(key, row);
    }
  }

  end(): void {
    this.#locks.releaseAll(this);
  }

  #checkUnique(table: SimTable, column: string, row: SqlRow): void {
    for (const other of this.rows(table)) {
      if (other[column] !== row[column]) continue;
      throw new PgServerError(
        '23505',
        `duplicate key value violates unique constraint "${table.schema.name}_${column}_key"`,
      );
    }
  }
}
