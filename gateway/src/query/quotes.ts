import type { Query } from './database.ts';
import { EVENT_HEAD, EVENT_KEY_PARTS, EVENT_TAIL, eventPageText } from './event-columns.ts';
import { pagedRows } from './page.ts';

export const QUOTES = pagedRows(
  'quote',
  [
    ...EVENT_HEAD,
    { name: 'bid_px', kind: 'decimal', sql: 'e.bid_px', description: 'Null without a bid.' },
    { name: 'bid_sz', kind: 'decimal', sql: 'e.bid_sz', description: 'Size at the bid.' },
    { name: 'bid_ct', kind: 'int32', sql: 'e.bid_ct', description: 'Orders at the bid.' },
    { name: 'ask_px', kind: 'decimal', sql: 'e.ask_px', description: 'Null without an ask.' },
    { name: 'ask_sz', kind: 'decimal', sql: 'e.ask_sz', description: 'Size at the ask.' },
    { name: 'ask_ct', kind: 'int32', sql: 'e.ask_ct', description: 'Orders at the ask.' },
    {
      name: 'quote_condition',
      kind: 'text',
      isNullable: true,
      sql: 'e.quote_condition',
      description: 'As the venue writes it.',
    },
    {
      name: 'is_indicative',
      kind: 'bool',
      sql: 'e.is_indicative',
      description: 'Whether nobody is bound to it.',
    },
    ...EVENT_TAIL,
  ],
  EVENT_KEY_PARTS,
  eventPageText('quote'),
);

/** The newest of each instrument; each costs one look into the newest partition that has it. */
export const SELECT_LATEST_QUOTES: Query = {
  name: 'latest_quotes',
  text: `
select ${QUOTES.columns.map(({ sql }) => sql).join(', ')}
from unnest($1::int8[]) u (instrument_id)
cross join lateral (
  select * from feedmill.quote e
  where e.instrument_id = u.instrument_id
  order by e.ts_event desc, e.producer_id desc, e.producer_sequence desc
  limit 1
) e
left join feedmill.instrument i on i.instrument_id = e.instrument_id
left join feedmill.producer p on p.producer_id = e.producer_id
order by i.name`,
};

/** The instruments that are compared with some others over venues, and these themselves. */
export const SELECT_SAME_ASSET: Query = {
  name: 'same_asset',
  text: `
select u.instrument_id from unnest($1::int8[]) u (instrument_id)
union
select o.instrument_id
from feedmill.instrument i join feedmill.instrument o on o.asset_pair_id = i.asset_pair_id
where i.instrument_id = any ($1::int8[])
limit $2`,
};
