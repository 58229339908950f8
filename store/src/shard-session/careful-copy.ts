import type pg from 'pg';
import { sqlStateOf } from '../connection/pg-error.ts';
import { CopyBuffer } from '../copy/copy-buffer.ts';
import { type EventRows, groupByEvent, type RowKey, rowKeyOf } from '../copy/row-key.ts';
import { runPipeline } from './pipeline.ts';
import { RELEASE_SAVEPOINT, ROLLBACK_TO_SAVEPOINT, SAVEPOINT } from './statements.ts';

/** An event that Postgres refused. */
export interface RefusedEvent {
  readonly key: RowKey;
  readonly error: Error;
  /** The bytes of its first row. */
  readonly row: Uint8Array;
}

/** An error that halving cannot isolate: the transaction must end. */
export class CarefulCopyError extends Error {
  override readonly name = 'CarefulCopyError';
}

/**
 * Copies the rows of one table within the open transaction, leaving out the events whose rows
 * Postgres refuses: the half that fails is halved again, each attempt within a savepoint. One bad
 * event among n costs about 2 log2(n) round trips.
 *
 * @param copyStatement name of the prepared COPY
 * @throws CarefulCopyError with the cause where the rows are not at fault
 */
export async function copyCarefully(
  client: pg.Client,
  copyStatement: string,
  source: CopyBuffer,
): Promise<RefusedEvent[]> {
  const events = groupByEvent(source);
  const part = new CopyBuffer();
  const refused: RefusedEvent[] = [];
  // Later ranges lie below earlier ones, so that rows are tried in their order.
  const ranges: EventRows[] = events.length > 0 ? [{ from: 0, to: events.length }] : [];
  for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
    const { from, to } = range;
    const firstRow = events[from]?.from ?? 0;
    part.reset();
    part.appendRows(source, firstRow, events[to - 1]?.to ?? 0);
    const error = await tryPart(client, copyStatement, part);
    if (error === undefined) continue;
    if (to - from === 1) {
      const row = source.row(firstRow);
      refused.push({ key: rowKeyOf(row), error, row });
      continue;
    }
    const middle = (from + to) >>> 1;
    ranges.push({ from: middle, to }, { from, to: middle });
  }
  return refused;
}

async function tryPart(
  client: pg.Client,
  copyStatement: string,
  part: CopyBuffer,
): Promise<Error | undefined> {
  const result = await runPipeline(client, [
    { statement: SAVEPOINT.name, values: [] },
    { statement: copyStatement, values: [], copyData: part.finish() },
    { statement: RELEASE_SAVEPOINT.name, values: [] },
  ]);
  if (result.ok) return undefined;
  if (!isRowAtFault(result.error)) {
    throw new CarefulCopyError(result.error.message, { cause: result.error });
  }
  try {
    await client.query(ROLLBACK_TO_SAVEPOINT);
  } catch (error) {
    throw new CarefulCopyError(String(error), { cause: error });
  }
  return result.error;
}

/**
 * Whether it is the values: data exceptions, nulls, checks, rows too wide. A doubled key is not:
 * an event that is there already must not become a dead letter too.
 */
function isRowAtFault(error: Error): boolean {
  const state = sqlStateOf(error);
  if (state === undefined) return false;
  return state.startsWith('22') || state.startsWith('54') || state === '23502' || state === '23514';
}
