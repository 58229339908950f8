import { stableId } from '@feedmill/core/stable-id';
import type { SubscribeResponse } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import type { RawRow } from '../format/column.ts';
import { jsonRowWriter } from '../format/json-rows.ts';
import type { Database, Query } from '../query/database.ts';
import { NEWS } from '../query/news.ts';
import { LiveMessage } from './live-message.ts';
import type { SymbolNames } from './symbol-names.ts';

/** The key of a row of news. */
export interface NewsKey {
  readonly position: number;
  readonly instrumentId: bigint;
  readonly tsEvent: bigint;
  readonly producer: string;
  readonly producerSequence: bigint;
}

const SELECT_NEWS: Query = {
  name: 'live_news',
  text: `
select ${NEWS.columns.map(({ sql }) => sql).join(', ')}
from unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[])
  with ordinality k (instrument_id, ts_event, producer_id, producer_sequence, at)
join feedmill.news e using (instrument_id, ts_event, producer_id, producer_sequence)
left join feedmill.producer p on p.producer_id = e.producer_id
order by k.at`,
};

const write = jsonRowWriter(NEWS.columns, 'ns');
const columnOf = (name: string): number => NEWS.columns.findIndex((column) => column.name === name);
const ENTITIES = columnOf('entities');
const PRODUCER = columnOf('producer');
const SEQUENCE = columnOf('producer_sequence');

/** The news of a response, as keys of the rows that they become. */
export function newsKeys(response: SubscribeResponse, symbols: SymbolNames): NewsKey[] {
  return response.events.flatMap((event, index) => {
    const symbol = response.symbols[event.symbol];
    if (event.body.case !== 'news' || symbol === undefined) return [];
    const name = symbols.at(symbol, event.tsEvent);
    return {
      position: Number(response.position),
      instrumentId: name === undefined ? 0n : stableId(name),
      tsEvent: event.tsEvent,
      producer: response.producer,
      producerSequence: response.firstSequence + BigInt(response.offsets[index] ?? 0),
    };
  });
}

/**
 * News as they were committed: with whom they speak of and what they say of each, which the feeds
 * do not say and the workers find out.
 */
export async function newsMessages(
  database: Database,
  keys: readonly NewsKey[],
): Promise<LiveMessage[]> {
  if (keys.length === 0) return [];
  const rows = await database.read('latest', (reader) =>
    reader.rows(SELECT_NEWS, [
      keys.map(({ instrumentId }) => String(instrumentId)),
      keys.map(({ tsEvent }) => String(tsEvent)),
      keys.map(({ producer }) => String(stableId(producer))),
      keys.map(({ producerSequence }) => String(producerSequence)),
    ]),
  );
  return rows.map((row, index) => newsMessage(row, index + 1));
}

const newsMessage = (row: RawRow, ordinal: number): LiveMessage =>
  new LiveMessage({
    topic: 'news',
    names: entityNames(row[ENTITIES]),
    key: ['news', row[PRODUCER], row[SEQUENCE]].join(' '),
    ordinal,
    write: () => write(row),
  });

const entityNames = (entities: unknown): string[] =>
  (entities as readonly { readonly instrument: string | null }[]).flatMap(
    ({ instrument }) => instrument ?? [],
  );
