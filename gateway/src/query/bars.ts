import type { Query } from './database.ts';
import { type PagedRows, pagedRows, type SqlColumn } from './page.ts';

export const BAR_COLUMNS: readonly SqlColumn[] = [
  { name: 'instrument', kind: 'text', sql: 'i.name', description: 'SYMBOL.VENUE.' },
  { name: 'ts_event', kind: 'time', sql: 'b.ts_event', description: 'Start of the interval.' },
  {
    name: 'ts_close',
    kind: 'time',
    sql: 'b.ts_event + b.step_ms * 1000000',
    description: 'First time behind the interval.',
  },
  { name: 'step_ms', kind: 'int64', sql: 'b.step_ms', description: 'Length of the interval.' },
  {
    name: 'open',
    kind: 'decimal',
    sql: 'b.open',
    description: 'Null where no trade in it updates the last price.',
  },
  {
    name: 'high',
    kind: 'decimal',
    sql: 'b.high',
    description: 'Null where no trade in it updates high and low.',
  },
  { name: 'low', kind: 'decimal', sql: 'b.low', description: 'As high.' },
  { name: 'close', kind: 'decimal', sql: 'b.close', description: 'As open.' },
  {
    name: 'volume',
    kind: 'sum',
    sql: 'b.volume',
    description: 'Sum of the sizes that update the volume.',
  },
  {
    name: 'buy_volume',
    kind: 'sum',
    sql: 'b.buy_volume',
    description: 'By the side of the taker.',
  },
  { name: 'sell_volume', kind: 'sum', sql: 'b.sell_volume', description: 'As buy_volume.' },
  {
    name: 'notional',
    kind: 'notional',
    sql: 'b.notional',
    description: 'Sum of price times size.',
  },
  {
    name: 'vwap',
    kind: 'decimal',
    sql: 'b.vwap',
    description: 'notional by volume, rounded half to even; null without volume.',
  },
  {
    name: 'trade_count',
    kind: 'int64',
    sql: 'b.trade_count',
    description: 'Trades that update the volume.',
  },
  {
    name: 'revision',
    kind: 'int32',
    sql: 'b.revision',
    description: '0 as first written, one more with every change; the sum over what it is made of.',
  },
  {
    name: 'is_final',
    kind: 'bool',
    sql: 'b.is_final',
    description: 'Whether no late trade changes it any more.',
  },
  {
    name: 'quality',
    kind: 'word',
    words: ['', 'OK', 'GAP', 'PARTIAL', 'STALE'],
    sql: 'b.quality',
    description: 'What is known to be missing in it.',
  },
  {
    name: 'producer',
    kind: 'text',
    sql: 'p.name',
    description: 'The feed whose trades it sums up.',
  },
  {
    name: 'ts_init',
    kind: 'time',
    sql: 'b.ts_init',
    description: 'When the newest of what it says was received.',
  },
];

/** ts_event, instrument, producer. */
const BAR_KEY_PARTS = 3;

const names = `
left join feedmill.instrument i on i.instrument_id = b.instrument_id
left join feedmill.producer p on p.producer_id = b.producer_id`;

/** What a larger bar is of those in it, in one interval of one instrument and producer. */
const BAR_SUMS = `
    coalesce((array_agg(b.open order by b.ts_event)
      filter (where b.open <> 9223372036854775807))[1], 9223372036854775807) as open,
    coalesce(max(b.high) filter (where b.high <> 9223372036854775807), 9223372036854775807) as high,
    min(b.low) as low,
    coalesce((array_agg(b.close order by b.ts_event desc)
      filter (where b.close <> 9223372036854775807))[1], 9223372036854775807) as close,
    case when sum(b.volume) = 0 then 9223372036854775807
      else feedmill.divide_half_even(sum(b.notional), sum(b.volume)) end as vwap,
    sum(b.trade_count)::int8 as trade_count, max(b.ts_init) as ts_init,
    sum(b.revision)::int4 as revision,
    coalesce(min(b.quality) filter (where b.quality <> 1), 1) as quality,
    bool_and(b.is_final) as is_final, sum(b.volume) as volume, sum(b.buy_volume) as buy_volume,
    sum(b.sell_volume) as sell_volume, sum(b.notional) as notional`;

/** Bars as they are stored; the filter is the instruments and the step. */
export const STORED_BARS: PagedRows = pagedRows(
  'bar',
  BAR_COLUMNS,
  BAR_KEY_PARTS,
  (columns, order, behind) => `
select ${columns}, b.ts_event, b.instrument_id, b.producer_id
from (
  select b.* from unnest($1::int8[]) u (instrument_id), lateral (
    select * from feedmill.bar b
    where b.instrument_id = u.instrument_id and b.step_ms = $2
      and b.ts_event >= $3 and b.ts_event < $4
      and (b.ts_event, b.instrument_id, b.producer_id) ${behind} ($5::int8, $6::int8, $7::int8)
    order by b.ts_event ${order}, b.producer_id ${order}
    limit $8
  ) b
  order by b.ts_event ${order}, b.instrument_id ${order}, b.producer_id ${order}
  limit $8
) b
${names}
order by b.ts_event ${order}, b.instrument_id ${order}, b.producer_id ${order}`,
);

/** Where the first bars of a range begin; the last ones for the other order. */
export const SELECT_FIRST_BAR: Readonly<Record<'asc' | 'desc', Query>> = {
  asc: { name: 'first_bar', text: firstBarText('min', 'asc') },
  desc: { name: 'last_bar', text: firstBarText('max', 'desc') },
};

function firstBarText(pick: 'min' | 'max', order: 'asc' | 'desc'): string {
  return `
select ${pick}(b.ts_event)
from unnest($1::int8[]) u (instrument_id), lateral (
  select b.ts_event from feedmill.bar b
  where b.instrument_id = u.instrument_id and b.step_ms = $2
    and b.ts_event >= $3 and b.ts_event < $4
  order by b.ts_event ${order} limit 1
) b`;
}

/**
 * Larger bars of stored ones; the filter is the instruments, the stored step and the wanted one. A
 * price that does not exist is INT64_MAX; the worst quality is the smallest number that is not OK.
 */
export const ROLLED_BARS: PagedRows = pagedRows(
  'rolled_bar',
  BAR_COLUMNS,
  BAR_KEY_PARTS,
  (columns, order, behind) => `
select ${columns}, b.ts_event, b.instrument_id, b.producer_id
from (
  select b.instrument_id, b.producer_id, 
    feedmill.interval_start(b.ts_event, $3::int8) as ts_event, $3::int8 as step_ms, ${BAR_SUMS}
  from feedmill.bar b
  where b.instrument_id = any ($1::int8[]) and b.step_ms = $2
    and b.ts_event >= $4 and b.ts_event < $5
  group by 1, 2, 3
) b
${names}
where (b.ts_event, b.instrument_id, b.producer_id) ${behind} ($6::int8, $7::int8, $8::int8)
order by b.ts_event ${order}, b.instrument_id ${order}, b.producer_id ${order}
limit $9`,
);
