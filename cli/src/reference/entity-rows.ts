import { ENTITY_NAME_KINDS, type EntityRecord } from '@feedmill/core/reference/reference-set';
import { type CsvTable, checkColumns, RowFault, readCsv, readRows } from './csv-table.ts';
import { instrumentField, requiredField, wordField } from './field-values.ts';

const keyOf = ({ instrument, kind, text }: EntityRecord): string =>
  JSON.stringify([instrument, kind, text]);

/**
 * Names of instruments: rows of `instrument,kind,text`, or of `symbol,entity` with all names of a
 * symbol in one field, the full one first.
 *
 * @param venue of the symbols, for the second form
 * @throws FeedmillError CONFIG_INVALID, naming every fault with its line
 */
export function readEntities(
  text: string,
  file: string,
  venue: string | undefined,
): EntityRecord[] {
  const table = readCsv(text, file);
  const rows = table.columns.includes('entity')
    ? readLists(table, file, venue)
    : readSingles(table, file);
  return mergeEntities(
    [],
    rows.map(({ record }) => record),
  );
}

/** Both, each name once. */
export function mergeEntities(
  known: readonly EntityRecord[],
  loaded: readonly EntityRecord[],
): EntityRecord[] {
  const merged = new Map([...known, ...loaded].map((record) => [keyOf(record), record]));
  return [...merged.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
}

function readSingles(table: CsvTable, file: string) {
  checkColumns(table, file, ['instrument', 'kind', 'text'], []);
  return readRows(table, file, (fields): EntityRecord[] => {
    const kind = wordField(fields['kind'] ?? '', 'kind', ENTITY_NAME_KINDS);
    if (kind === undefined) throw new RowFault('kind is empty');
    const instrument = instrumentField(fields['instrument'] ?? '');
    return [{ instrument, kind, text: requiredField(fields['text'] ?? '', 'text') }];
  });
}

function readLists(table: CsvTable, file: string, venue: string | undefined) {
  checkColumns(table, file, ['symbol', 'entity'], ['']);
  return readRows(table, file, (fields): EntityRecord[] => {
    const symbol = requiredField(fields['symbol'] ?? '', 'symbol');
    if (venue === undefined) {
      throw new RowFault(`the venue of '${symbol}' is not given; add --venue, as --venue XNSE`);
    }
    // A canonical name holds no space.
    const instrument = instrumentField(`${symbol.replaceAll(/\s+/g, '-')}.${venue}`);
    const names = (fields['entity'] ?? '').split(',').map((name) => name.trim());
    return names
      .filter((name) => name !== '')
      .map((name, at) => {
        if (name === symbol) return { instrument, kind: 'TICKER', text: name };
        return { instrument, kind: at === 0 ? 'NAME' : 'ALIAS', text: name };
      });
  });
}
