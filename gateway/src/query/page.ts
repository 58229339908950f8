import type { Column, RawRow } from '../format/column.ts';
import type { WorkClass } from './admission.ts';
import { decodeIntegers, encodeCursor } from './cursor.ts';
import type { Database, Positions, Query, Reader } from './database.ts';
import type { StrongReads } from './strong-reads.ts';
import type { TimeRange } from './time-range.ts';

/** A column of an answer, and the expression that it is read with. */
export interface SqlColumn extends Column {
  readonly sql: string;
}

export type Order = 'asc' | 'desc';

/**
 * Rows that are read a page at a time, in the order of a key that each has to itself: first
 * ts_event, then `keyParts - 1` whole numbers. The statement selects the columns and then the key.
 */
export interface PagedRows {
  readonly name: string;
  readonly columns: readonly SqlColumn[];
  readonly keyParts: number;
  readonly statement: Readonly<Record<Order, Query>>;
}

/** One page that is asked for. */
export interface PageRequest {
  readonly order: Order;
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly range: TimeRange;
  /** What else makes the rows what they are, in the order of the statement's first parameters. */
  readonly filter: readonly unknown[];
  /** Of what is left of the range, how much one page reads; undefined where nothing is in it. */
  readonly part?: (left: TimeRange) => Promise<TimeRange | undefined>;
}

export interface Page {
  readonly columns: readonly Column[];
  readonly rows: readonly RawRow[];
  readonly next: string | undefined;
}

const INT64_MAX = 9_223_372_036_854_775_807n;
const INT64_MIN = -9_223_372_036_854_775_808n;

/** A statement for each order; `text` gets `asc` or `desc`, and what compares behind a cursor. */
export function pagedRows(
  name: string,
  columns: readonly SqlColumn[],
  keyParts: number,
  text: (columns: string, order: Order, behind: '>' | '<') => string,
): PagedRows {
  const list = columns.map(({ sql }) => sql).join(', ');
  return {
    name,
    columns,
    keyParts,
    statement: {
      asc: { name: `${name}_asc`, text: text(list, 'asc', '>') },
      desc: { name: `${name}_desc`, text: text(list, 'desc', '<') },
    },
  };
}

/**
 * Reads a page. Parameters of the statement: the filter's, then from, to, the parts of the key that
 * it begins behind, and how many rows.
 */
export async function readPage(
  reader: Reader,
  paged: PagedRows,
  request: PageRequest,
): Promise<Page> {
  const { order, limit, cursor, range, filter } = request;
  const { columns, keyParts, statement } = paged;
  const question = JSON.stringify([
    paged.name,
    order,
    String(range.from),
    String(range.to),
    filter,
  ]);
  const key = cursor === undefined ? undefined : decodeIntegers(question, cursor, keyParts);
  const left = key === undefined ? range : beginningAt(range, order, BigInt(key[0] ?? 0));
  const part = request.part === undefined ? left : await request.part(left);
  if (part === undefined) return { columns, rows: [], next: undefined };
  const outside = String(order === 'asc' ? INT64_MIN : INT64_MAX);
  const behind = key ?? Array.from({ length: keyParts }, () => outside);
  // One more than asked for says whether there is a next page.
  const found = await reader.rows(statement[order], [
    ...filter,
    part.from,
    part.to,
    ...behind,
    limit + 1,
  ]);
  const rows = found.slice(0, limit);
  const last = found.length > limit ? rows.at(-1) : undefined;
  const nextKey = last?.slice(columns.length).map(String) ?? edgeKey(part, left, order, keyParts);
  return { columns, rows, next: nextKey && encodeCursor(question, nextKey) };
}

/** Behind the part that was read, where it is not all that is left. */
function edgeKey(
  part: TimeRange,
  left: TimeRange,
  order: Order,
  keyParts: number,
): string[] | undefined {
  const isAll = order === 'asc' ? part.to >= left.to : part.from <= left.from;
  if (isAll) return undefined;
  const edge = order === 'asc' ? part.to : part.from;
  return [edge, ...Array.from({ length: keyParts - 1 }, () => INT64_MIN)].map(String);
}

/** The part of the range that is left, so that the index begins there. */
function beginningAt({ from, to }: TimeRange, order: Order, at: bigint): TimeRange {
  if (order === 'asc') return { from: at > from ? at : from, to };
  return { from, to: at < to && at < INT64_MAX ? at + 1n : to };
}

/** A read with the consistency that was asked for. */
export async function readAs<T>(
  { database, strongReads }: { database: Database; strongReads: StrongReads },
  consistency: string,
  workClass: WorkClass,
  read: (reader: Reader) => Promise<T>,
): Promise<{ readonly value: T; readonly positions?: Positions }> {
  if (consistency === 'strong') return await strongReads.read(workClass, read);
  return { value: await database.read(workClass, read) };
}
