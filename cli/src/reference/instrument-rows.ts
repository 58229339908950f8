import { INSTRUMENT_CLASS_NAMES } from '@feedmill/core/reference/instrument-classes';
import type { InstrumentRecord } from '@feedmill/core/reference/reference-set';
import { checkColumns, invalid, RowFault, readCsv, readRows } from './csv-table.ts';
import {
  decimalField,
  instrumentField,
  requiredField,
  timeField,
  wordField,
} from './field-values.ts';

const REQUIRED = ['venue', 'symbol', 'instrument'];
const OPTIONAL = [
  'publisher',
  'class',
  'base',
  'quote',
  'tick',
  'lot',
  'multiplier',
  'valid_from',
  'valid_to',
  'allows_negative_price',
  'isin',
  'figi',
];
const PUBLISHER_MAX = 65_535;

/** What a symbol's meanings are told apart by. */
const keyOf = ({ publisher = 0, venue, symbol, from = '0' }: InstrumentRecord): string =>
  JSON.stringify([venue, symbol, publisher, from]);

/** @throws FeedmillError CONFIG_INVALID, naming every fault with its line */
export function readInstruments(text: string, file: string): InstrumentRecord[] {
  const table = readCsv(text, file);
  checkColumns(table, file, REQUIRED, OPTIONAL);
  const rows = readRows(table, file, (fields) => [instrumentOf(fields)]);
  const faults: string[] = [];
  const lines = new Map<string, number>();
  for (const { line, record } of rows) {
    const before = lines.get(keyOf(record));
    if (before !== undefined) {
      faults.push(`${line}: the same symbol and valid_from as in line ${before}`);
    }
    lines.set(keyOf(record), line);
  }
  if (faults.length > 0) throw invalid(file, faults);
  return rows.map(({ record }) => record);
}

/** What was known, with what is new in its place. */
export function mergeInstruments(
  known: readonly InstrumentRecord[],
  loaded: readonly InstrumentRecord[],
): InstrumentRecord[] {
  const merged = new Map([...known, ...loaded].map((record) => [keyOf(record), record]));
  return [...merged.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
}

/**
 * Stretches of time in which a symbol means two things.
 *
 * @returns a sentence each
 */
export function overlaps(records: readonly InstrumentRecord[]): string[] {
  const bySymbol = Map.groupBy(records, ({ publisher = 0, venue, symbol }) =>
    JSON.stringify([publisher, venue, symbol]),
  );
  const faults: string[] = [];
  for (const meanings of bySymbol.values()) {
    const ordered = meanings.toSorted((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
    for (const [at, meaning] of ordered.entries()) {
      const next = ordered[at + 1];
      if (next === undefined || endOf(meaning) === undefined) continue;
      if ((endOf(meaning) ?? 0n) <= startOf(next)) continue;
      faults.push(
        `'${meaning.symbol}' of ${meaning.venue} means ${meaning.instrument} until ` +
          `${meaning.to} ns and ${next.instrument} from ${next.from ?? 0} ns`,
      );
    }
  }
  return faults;
}

const startOf = ({ from }: InstrumentRecord): bigint => BigInt(from ?? 0);
const endOf = ({ to }: InstrumentRecord): bigint | undefined =>
  to === undefined ? undefined : BigInt(to);

function instrumentOf(fields: Readonly<Record<string, string>>): InstrumentRecord {
  const field = (name: string): string => fields[name] ?? '';
  const from = timeField(field('valid_from'), 'valid_from');
  const to = timeField(field('valid_to'), 'valid_to');
  if (to !== undefined && BigInt(to) <= BigInt(from ?? 0)) {
    throw new RowFault('valid_to is not after valid_from');
  }
  return withoutUndefined({
    venue: requiredField(field('venue'), 'venue'),
    symbol: requiredField(field('symbol'), 'symbol'),
    instrument: instrumentField(field('instrument')),
    publisher: publisherOf(field('publisher')),
    class: wordField(field('class'), 'class', INSTRUMENT_CLASS_NAMES),
    base: field('base') || undefined,
    quote: field('quote') || undefined,
    tick: decimalField(field('tick'), 'tick'),
    lot: decimalField(field('lot'), 'lot'),
    multiplier: decimalField(field('multiplier'), 'multiplier'),
    from,
    to,
    negative: wordField(field('allows_negative_price'), 'allows_negative_price', BOOLEANS)
      ? field('allows_negative_price').toUpperCase() === 'TRUE'
      : undefined,
    isin: field('isin') || undefined,
    figi: field('figi') || undefined,
  });
}

const BOOLEANS = ['TRUE', 'FALSE'] as const;

function publisherOf(text: string): number | undefined {
  if (text === '') return undefined;
  const publisher = Number(text);
  if (Number.isInteger(publisher) && publisher >= 0 && publisher <= PUBLISHER_MAX) return publisher;
  throw new RowFault(`publisher is '${text}'; a number from 0 to ${PUBLISHER_MAX} is allowed`);
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** A record without the fields that nothing is known of: absent, not undefined. */
function withoutUndefined(
  fields: {
    [Key in keyof InstrumentRecord]: InstrumentRecord[Key] | undefined;
  },
): InstrumentRecord {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Defined<InstrumentRecord>;
}
