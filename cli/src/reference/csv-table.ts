import { FeedmillError } from '@feedmill/core/errors';
import { CsvError, parse } from 'csv-parse/sync';

/** One row of a file, by column, with where it stands. */
export interface CsvRow {
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
}

export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
}

/** Faults that a message names; how many there are it says in any case. */
const NAMED_FAULTS_MAX = 10;

/**
 * Reads a table with a header (RFC 4180). Columns are known by their name, in any order and case.
 *
 * @throws FeedmillError CONFIG_INVALID
 */
export function readCsv(text: string, file: string): CsvTable {
  try {
    const options = { bom: true, info: true, relax_column_count: true, trim: true } as const;
    // With `info` each record comes with its place; the types do not say so.
    const parsed: unknown = parse(text, { ...options, skip_empty_lines: true });
    const records = parsed as { record: string[]; info: { lines: number } }[];
    const [header, ...rest] = records;
    if (header === undefined) throw invalid(file, ['1: the file is empty; a header is expected']);
    const columns = header.record.map((name) => name.toLowerCase());
    const faults: string[] = [];
    const rows = rest.map(({ record, info }) => {
      if (record.length !== columns.length) {
        faults.push(`${info.lines}: ${record.length} fields, the header has ${columns.length}`);
      }
      const fields = Object.fromEntries(columns.map((name, at) => [name, record[at] ?? '']));
      return { line: info.lines, fields };
    });
    if (faults.length > 0) throw invalid(file, faults);
    return { columns, rows };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw invalid(file, [error.message]);
  }
}

/** The error for a file with faults, each `line: what is wrong`. */
export function invalid(file: string, faults: readonly string[]): FeedmillError {
  const named = faults.slice(0, NAMED_FAULTS_MAX).map((fault) => `${file}:${fault}`);
  const more = faults.length - named.length;
  const rest = more > 0 ? [`and ${more} more`] : [];
  return new FeedmillError('CONFIG_INVALID', `${[...named, ...rest].join('; ')}.`);
}

/**
 * Turns each row into a record, and reports all faults at once.
 *
 * @param read throws RowFault where a row is wrong
 * @throws FeedmillError CONFIG_INVALID
 */
export function readRows<T>(
  { rows }: CsvTable,
  file: string,
  read: (fields: Readonly<Record<string, string>>) => readonly T[],
): { readonly line: number; readonly record: T }[] {
  const faults: string[] = [];
  const records = rows.flatMap(({ line, fields }) => {
    try {
      return read(fields).map((record) => ({ line, record }));
    } catch (error) {
      if (!(error instanceof RowFault)) throw error;
      faults.push(`${line}: ${error.message}`);
      return [];
    }
  });
  if (faults.length > 0) throw invalid(file, faults);
  return records;
}

/** What is wrong with a row. */
export class RowFault extends Error {
  override readonly name = 'RowFault';
}

/** @throws FeedmillError CONFIG_INVALID where a column is missing, or one is not known */
export function checkColumns(
  { columns }: CsvTable,
  file: string,
  required: readonly string[],
  optional: readonly string[],
): void {
  const known = [...required, ...optional];
  const missing = required.filter((name) => !columns.includes(name));
  const unknown = columns.filter((name) => !known.includes(name));
  if (missing.length === 0 && unknown.length === 0) return;
  const faults = [
    ...(missing.length === 0 ? [] : [`missing: ${missing.join(', ')}`]),
    ...(unknown.length === 0 ? [] : [`not known: ${unknown.join(', ')}`]),
  ];
  const most = optional.length === 0 ? '' : `, and ${optional.join(', ')} may be there`;
  throw invalid(file, [
    `1: columns ${faults.join('; ')}; ${required.join(', ')} are expected${most}`,
  ]);
}
