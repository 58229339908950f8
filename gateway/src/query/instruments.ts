import { INSTRUMENT_CLASS_NAMES } from '@feedmill/core/reference/instrument-classes';
import type { RawRow } from '../format/column.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { Query, Reader } from './database.ts';
import type { SqlColumn } from './page.ts';

export const INSTRUMENT_COLUMNS: readonly SqlColumn[] = [
  { name: 'instrument', kind: 'text', sql: 'i.name', description: 'SYMBOL.VENUE.' },
  { name: 'venue', kind: 'text', sql: 'i.venue', description: 'Where it is traded.' },
  {
    name: 'raw_symbol',
    kind: 'text',
    sql: 'i.raw_symbol',
    description: 'Exactly what the feed calls it.',
  },
  {
    name: 'instrument_class',
    kind: 'word',
    words: ['', ...INSTRUMENT_CLASS_NAMES],
    sql: 'i.instrument_class',
    description: 'What kind of thing it is, where that is known.',
  },
  {
    name: 'asset_pair',
    kind: 'text',
    isNullable: true,
    sql: 'i.asset_pair',
    description: 'What its quotes are comparable by over venues.',
  },
  { name: 'base', kind: 'text', isNullable: true, sql: 'i.base', description: 'What is bought.' },
  {
    name: 'quote',
    kind: 'text',
    isNullable: true,
    sql: 'i.quote',
    description: 'What it is paid with.',
  },
  {
    name: 'min_price_increment',
    kind: 'decimal',
    isNullable: true,
    sql: 'nullif(i.min_price_increment, 0)',
    description: 'Smallest step of a price, where known.',
  },
  {
    name: 'lot_size',
    kind: 'decimal',
    isNullable: true,
    sql: 'nullif(i.lot_size, 0)',
    description: 'Smallest step of a size, where known.',
  },
  {
    name: 'multiplier',
    kind: 'decimal',
    isNullable: true,
    sql: 'nullif(i.multiplier, 0)',
    description: 'Units of the base in one contract, where known.',
  },
  {
    name: 'strike_price',
    kind: 'decimal',
    isNullable: true,
    sql: 'nullif(i.strike_price, 0)',
    description: 'Of an option.',
  },
  {
    name: 'expiration',
    kind: 'time',
    isNullable: true,
    sql: 'nullif(i.expiration, 0)',
    description: 'Of a future or an option.',
  },
  { name: 'isin', kind: 'text', isNullable: true, sql: 'i.isin', description: 'ISO 6166.' },
  { name: 'figi', kind: 'text', isNullable: true, sql: 'i.figi', description: 'OpenFIGI.' },
];

const columns = INSTRUMENT_COLUMNS.map(({ sql }) => sql).join(', ');

/** Whoever looks for a word types a part of it; there are too few names for an index to matter. */
const SEARCH_INSTRUMENTS: Query = {
  name: 'search_instruments',
  text: `
select ${columns}
from feedmill.instrument i
where i.name > $1
  and ($2 = '' or strpos(lower(i.name), lower($2)) > 0 or strpos(lower(i.raw_symbol), lower($2)) > 0
    or i.isin = upper($2) or i.figi = upper($2))
  and ($3 = '' or i.venue = $3)
order by i.name
limit $4`,
};

const SELECT_INSTRUMENT: Query = {
  name: 'instrument',
  text: `select ${columns} from feedmill.instrument i where i.instrument_id = $1`,
};

export interface InstrumentSearch {
  readonly search: string;
  readonly venue: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A page of the instruments that a text fits, by name. */
export async function searchInstruments(
  reader: Reader,
  { search, venue, limit, cursor }: InstrumentSearch,
): Promise<{ readonly rows: readonly RawRow[]; readonly next: string | undefined }> {
  const question = JSON.stringify(['instruments', search, venue]);
  const [behind = ''] = cursor === undefined ? [] : decodeCursor(question, cursor, 1);
  const found = await reader.rows(SEARCH_INSTRUMENTS, [behind, search, venue, limit + 1]);
  const rows = found.slice(0, limit);
  const last = found.length > limit ? rows.at(-1)?.[0] : undefined;
  return { rows, next: typeof last === 'string' ? encodeCursor(question, [last]) : undefined };
}

export const selectInstrument = async (
  reader: Reader,
  instrumentId: string,
): Promise<RawRow | undefined> => (await reader.rows(SELECT_INSTRUMENT, [instrumentId]))[0];
