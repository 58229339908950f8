import { FeedmillError } from '@feedmill/core/errors';
import { sqlStateOf } from '@feedmill/store/connection/pg-error';
import type { Database } from '../folder-database.ts';
import { LIMITS } from '../limits.ts';

/** A column of a result. */
export interface ResultColumn {
  readonly name: string;
  readonly typeOid: number;
}

/** Values in the server's text form. */
export type ResultRow = readonly (string | null)[];

/** A part of a result; all parts of one have the same columns. */
export interface ResultPart {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly ResultRow[];
}

export interface StatementOptions {
  /** Otherwise a statement that would change anything is refused. */
  readonly mayWrite: boolean;
  /** The whole result is computed before the first part, so that no error comes in the middle. */
  readonly isComplete: boolean;
}

// What cannot be a cursor: syntax the cursor does not know (explain, show, insert), a definition
// that it refuses, and features that it lacks (a with that changes rows).
const NO_CURSOR_STATES: ReadonlySet<string> = new Set(['42601', '42P11', '0A000']);
const READ_ONLY_STATE = '25006';

/**
 * Runs one statement and hands out its result part by part, so that memory does not depend on its
 * size.
 *
 * @throws FeedmillError STORE_REJECTED with the server's words, STORE_UNAVAILABLE
 */
export async function* runStatement(
  database: Database,
  sql: string,
  { mayWrite, isComplete }: StatementOptions,
): AsyncGenerator<ResultPart> {
  try {
    await database.query('set search_path to feedmill, public');
    await database.query(mayWrite ? 'begin' : 'begin read only');
    await database.query('savepoint before_statement');
    if (await declareCursor(database, sql, isComplete)) {
      // A cursor that holds is computed by the commit.
      if (isComplete) await database.query('commit');
      yield* fetchAll(database);
      if (!isComplete) await database.query('commit');
      return;
    }
    const part = await extended(database, sql);
    await database.query('commit');
    yield part;
  } catch (error) {
    throw refusal(error, sql);
  }
}

async function declareCursor(database: Database, sql: string, hold: boolean): Promise<boolean> {
  const kind = hold ? 'no scroll cursor with hold' : 'no scroll cursor';
  try {
    await extended(database, `declare feedmill_sql ${kind} for ${sql}`);
    return true;
  } catch (error) {
    if (!NO_CURSOR_STATES.has(sqlStateOf(error) ?? '')) throw moved(error, kind);
    await database.query('rollback to savepoint before_statement');
    return false;
  }
}

async function* fetchAll(database: Database): AsyncGenerator<ResultPart> {
  for (;;) {
    const part = await extended(database, `fetch ${LIMITS.sqlFetchRows} from feedmill_sql`);
    yield part;
    if (part.rows.length < LIMITS.sqlFetchRows) return;
  }
}

/** The extended protocol takes one statement only: nothing can end the read-only transaction. */
async function extended(database: Database, text: string): Promise<ResultPart> {
  const query = {
    text,
    rowMode: 'array' as const,
    queryMode: 'extended',
    // Every value as the server writes it: pg's parsers would lose digits and microseconds.
    types: { getTypeParser: () => (value: string) => value },
  };
  const { fields, rows } = await database.query<(string | null)[]>(query);
  return {
    columns: fields.map(({ name, dataTypeID }) => ({ name, typeOid: dataTypeID })),
    rows,
  };
}

/** Positions in an error count from the text that was sent, which began with our declaration. */
function moved(error: unknown, kind: string): unknown {
  const prefix = `declare feedmill_sql ${kind} for `.length;
  if (error instanceof Error && 'position' in error && typeof error.position === 'string') {
    error.position = String(Number(error.position) - prefix);
  }
  return error;
}

function refusal(error: unknown, sql: string): FeedmillError {
  const state = sqlStateOf(error);
  const { message } = FeedmillError.from(error);
  if (state === undefined) {
    return new FeedmillError('STORE_UNAVAILABLE', `The connection to Postgres broke: ${message}.`, {
      cause: error,
    });
  }
  const hint = hintOf(error, state);
  return new FeedmillError(
    'STORE_REJECTED',
    `Postgres refused the statement: ${message}${placeOf(error, sql)}${hint}.`,
    { cause: error },
  );
}

function hintOf(error: unknown, state: string): string {
  if (state === READ_ONLY_STATE) return '; give --write to allow it';
  const hint = error instanceof Error && 'hint' in error ? error.hint : undefined;
  return typeof hint === 'string' ? `; ${hint.replace(/\.$/, '')}` : '';
}

/** ` at line 2, column 7`, where the server says it. */
function placeOf(error: unknown, sql: string): string {
  const text = error instanceof Error && 'position' in error ? error.position : undefined;
  const position = Number(text);
  if (!Number.isInteger(position) || position < 1 || position > sql.length + 1) return '';
  const before = sql.slice(0, position - 1).split('\n');
  return ` at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
