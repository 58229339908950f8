// Columns that every event has. In statements, `e` is the event, `i` its instrument and `p` its
// producer.
import type { SqlColumn } from './page.ts';

const VALUE_WORDS = ['', 'VENUE', 'VENUE_SEND', 'RECV_FALLBACK'];

export const EVENT_HEAD: readonly SqlColumn[] = [
  { name: 'instrument', kind: 'text', sql: 'i.name', description: 'SYMBOL.VENUE.' },
  {
    name: 'ts_event',
    kind: 'time',
    sql: 'e.ts_event',
    description: 'Time of the event, by the venue.',
  },
];

export const EVENT_TAIL: readonly SqlColumn[] = [
  { name: 'venue', kind: 'text', sql: 'i.venue', description: 'Where it happened.' },
  { name: 'producer', kind: 'text', sql: 'p.name', description: 'The feed that brought it.' },
  {
    name: 'producer_sequence',
    kind: 'int64',
    sql: 'e.producer_sequence',
    description: 'Number of the event in that feed.',
  },
  {
    name: 'sequence',
    kind: 'uint64',
    sql: 'e.sequence',
    description: "The venue's own number; 0 where it has none.",
  },
  {
    name: 'ts_event_source',
    kind: 'word',
    words: VALUE_WORDS,
    sql: 'e.ts_event_source',
    description: 'Where ts_event comes from.',
  },
  { name: 'ts_recv', kind: 'time', sql: 'e.ts_recv', description: 'When the feed received it.' },
  { name: 'ts_init', kind: 'time', sql: 'e.ts_init', description: 'When Feedmill received it.' },
  {
    name: 'flags',
    kind: 'int32',
    sql: 'e.flags',
    description:
      'Low byte: the bits of DBN. 256 replayed, 512 late, 1024 after a gap, 2048 out of order, ' +
      '4096 synthetic.',
  },
];

/**
 * A page of a table of events: each instrument gives its part in the order of the key, and what is
 * merged from these is cut again.
 */
export const eventPageText =
  (table: string) =>
  (columns: string, order: 'asc' | 'desc', behind: '>' | '<'): string =>
    `
select ${columns}, e.ts_event, e.instrument_id, e.producer_id, e.producer_sequence
from (
  select e.* from unnest($1::int8[]) u (instrument_id), lateral (
    select * from feedmill.${table} e
    where e.instrument_id = u.instrument_id and e.ts_event >= $2 and e.ts_event < $3
      and (e.ts_event, e.instrument_id, e.producer_id, e.producer_sequence) ${behind}
        ($4::int8, $5::int8, $6::int8, $7::int8)
    order by e.ts_event ${order}, e.producer_id ${order}, e.producer_sequence ${order}
    limit $8
  ) e
  order by e.ts_event ${order}, e.instrument_id ${order}, e.producer_id ${order},
    e.producer_sequence ${order}
  limit $8
) e
left join feedmill.instrument i on i.instrument_id = e.instrument_id
left join feedmill.producer p on p.producer_id = e.producer_id
order by e.ts_event ${order}, e.instrument_id ${order}, e.producer_id ${order},
  e.producer_sequence ${order}`;

/** ts_event, instrument, producer, producer_sequence. */
export const EVENT_KEY_PARTS = 4;
