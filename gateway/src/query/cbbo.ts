import type { Query } from './database.ts';
import { pagedRows, type SqlColumn } from './page.ts';

/** How the best bid and offer stand to each other. */
const STATES = ['', 'NORMAL', 'LOCKED', 'CROSSED', 'ONE_SIDED', 'EMPTY'];

// `c` is the row, `b` and `a` the instruments that show bid and ask, `d` the pair's own names.
const CBBO_COLUMNS: readonly SqlColumn[] = [
  {
    name: 'asset_pair',
    kind: 'text',
    sql: 'd.asset_pair',
    description: 'What its venues have in common.',
  },
  {
    name: 'ts_init',
    kind: 'time',
    sql: 'c.ts_init',
    description: 'When Feedmill received what has changed it. Ranges are ranges of this.',
  },
  {
    name: 'ts_event',
    kind: 'time',
    sql: 'c.ts_event',
    description: 'Time of that event, by its venue.',
  },
  { name: 'bid_px', kind: 'decimal', sql: 'c.bid_px', description: 'Null without a bid.' },
  { name: 'bid_sz', kind: 'decimal', sql: 'c.bid_sz', description: 'Size at the bid.' },
  {
    name: 'bid_venue',
    kind: 'text',
    isNullable: true,
    sql: 'b.venue',
    description: 'Where the bid stands.',
  },
  {
    name: 'bid_instrument',
    kind: 'text',
    isNullable: true,
    sql: 'b.name',
    description: 'What of that venue.',
  },
  { name: 'ask_px', kind: 'decimal', sql: 'c.ask_px', description: 'Null without an ask.' },
  { name: 'ask_sz', kind: 'decimal', sql: 'c.ask_sz', description: 'Size at the ask.' },
  {
    name: 'ask_venue',
    kind: 'text',
    isNullable: true,
    sql: 'a.venue',
    description: 'Where the ask stands.',
  },
  {
    name: 'ask_instrument',
    kind: 'text',
    isNullable: true,
    sql: 'a.name',
    description: 'What of that venue.',
  },
  {
    name: 'state',
    kind: 'word',
    words: STATES,
    sql: 'c.state',
    description: 'How bid and ask stand to each other.',
  },
  {
    name: 'venues_live',
    kind: 'int32',
    sql: 'c.venues_live',
    description: 'Venues whose quote counts.',
  },
  {
    name: 'venues_stale',
    kind: 'int32',
    sql: 'c.venues_stale',
    description: 'Venues that had a quote, which does not count now.',
  },
  {
    name: 'oldest_ts_recv',
    kind: 'time',
    isNullable: true,
    sql: 'nullif(c.oldest_ts_recv, 0)',
    description: 'Earliest receive time among the quotes that count.',
  },
];

const names = `
left join feedmill.instrument b on b.instrument_id = c.bid_instrument_id
left join feedmill.instrument a on a.instrument_id = c.ask_instrument_id
left join lateral (
  select o.asset_pair from feedmill.instrument o
  where o.asset_pair_id = c.asset_pair_id limit 1
) d on true`;

const pairsOf = `(select distinct i.asset_pair_id from feedmill.instrument i
  where i.instrument_id = any ($1::int8[]) and i.asset_pair_id is not null)`;

const KEY = 'c.ts_init, c.asset_pair_id, c.shard, c.position, c.row_index';
const KEY_PARTS = 5;

/** The filter is the instruments whose pairs are meant. */
export const CBBO = pagedRows('cbbo', CBBO_COLUMNS, KEY_PARTS, (columns, order, behind) => {
  const sorted = KEY.split(', ')
    .map((part) => `${part} ${order}`)
    .join(', ');
  return `
select ${columns}, ${KEY}
from (
  select c.* from ${pairsOf} u, lateral (
    select * from feedmill.cbbo c
    where c.asset_pair_id = u.asset_pair_id and c.ts_init >= $2 and c.ts_init < $3
      and (${KEY}) ${behind} ($4::int8, $5::int8, $6::int8, $7::int8, $8::int8)
    order by ${sorted}
    limit $9
  ) c
  order by ${sorted}
  limit $9
) c
${names}
order by ${sorted}`;
});

/** The newest of each pair that one of the instruments belongs to. */
export const SELECT_LATEST_CBBO: Query = {
  name: 'latest_cbbo',
  text: `
select ${CBBO_COLUMNS.map(({ sql }) => sql).join(', ')}
from (
  select c.* from ${pairsOf} u, lateral (
    select * from feedmill.cbbo c where c.asset_pair_id = u.asset_pair_id
    order by c.ts_init desc, c.shard desc, c.position desc, c.row_index desc
    limit 1
  ) c
) c
${names}
order by d.asset_pair`,
};
