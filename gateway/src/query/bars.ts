import { BAR_COLUMNS, BAR_KEY_PARTS } from './bar-columns.ts';
import type { Query } from './database.ts';
import { type Order, type PagedRows, pagedRows } from './page.ts';

/** Where bars are read from. */
export type BarSource =
  /** As they are, of 1 s, 1 min and 5 min. */
  | 'bar'
  /** As they are, of an hour and a day. */
  | 'rollup'
  /** As they were known at a time, of 1 s, 1 min and 5 min. */
  | 'as-of';

// Parameters of all statements about bars: $1 the instruments, $2 the stored length, $3 the wanted
// one, $4 the time as of which, $5 and $6 the range, $7 to $9 what they begin behind, $10 how many.

const VALUES = [
  'open',
  'high',
  'low',
  'close',
  'vwap',
  'trade_count',
  'revision',
  'quality',
  'volume',
  'buy_volume',
  'sell_volume',
  'notional',
];
const KEY = ['instrument_id', 'step_ms', 'ts_event', 'producer_id'];
const valuesOf = (alias: string): string => VALUES.map((name) => `${alias}.${name}`).join(', ');
const keyOf = (alias: string): string => KEY.map((name) => `${alias}.${name}`).join(', ');

const inRange = (alias: string): string => `
    where ${alias}.instrument_id = u.instrument_id and ${alias}.step_ms = $2
      and ${alias}.ts_event >= $5 and ${alias}.ts_event < $6`;

/** The stored bars of the instrument `u` in the range. */
const SOURCES: Readonly<Record<BarSource, string>> = {
  bar: `
    select ${keyOf('s')}, ${valuesOf('s')}, s.ts_init, s.is_final
    from feedmill.bar s ${inRange('s')} and $4::int8 is null`,
  rollup: `
    select ${keyOf('s')}, ${valuesOf('s')}, s.ts_init, s.is_final
    from feedmill.bar_rollup s ${inRange('s')} and $4::int8 is null`,
  'as-of': `
    select ${keyOf('s')}, v.*
    from feedmill.bar s cross join lateral (
      select ${valuesOf('s')}, least(s.ts_init, $4::int8) as ts_init,
        s.is_final and s.ts_init <= $4 as is_final
      where coalesce(s.ts_known, s.ts_init) <= $4
      union all
      (select ${valuesOf('r')}, least(r.ts_init, $4::int8), r.is_final and r.ts_init <= $4
        from feedmill.bar_revision r
        where coalesce(s.ts_known, s.ts_init) > $4 and r.instrument_id = s.instrument_id
          and r.step_ms = s.step_ms and r.ts_event = s.ts_event
          and r.producer_id = s.producer_id and r.ts_known <= $4
        order by r.revision desc limit 1)
    ) v ${inRange('s')}`,
};

/** Up to where bars of 5 min or less have come: a longer interval that ends later is not over. */
const REACHED = `
with reached as materialized (
  select u.instrument_id, (
    select max(n.ts_event) from feedmill.bar n
    where n.instrument_id = u.instrument_id and n.step_ms = least($2, 300000)
  ) as ts_event
  from unnest($1::int8[]) u (instrument_id)
)`;

const names = `
left join feedmill.instrument i on i.instrument_id = b.instrument_id
left join feedmill.producer p on p.producer_id = b.producer_id`;

const sorted = (order: Order): string =>
  `b.ts_event ${order}, b.instrument_id ${order}, b.producer_id ${order}`;

const isBehind = (behind: string): string =>
  `(b.ts_event, b.instrument_id, b.producer_id) ${behind} ($7::int8, $8::int8, $9::int8)`;

const isOver = (length: string): string => `
  b.is_final and b.ts_event + ${length} * 1000000 <= coalesce(
    (select r.ts_event from reached r where r.instrument_id = b.instrument_id), 0)`;

/** The same as of a time: a bar that begins in the day behind it was known then. */
const WAS_OVER = `
  b.is_final and exists (
    select from feedmill.bar n
    where n.instrument_id = b.instrument_id and n.step_ms = least($2, 300000)
      and n.ts_event >= b.ts_event + $3::int8 * 1000000
      and n.ts_event < b.ts_event + $3::int8 * 1000000 + 86400000000000
      and coalesce(n.ts_known, n.ts_init) <= $4)`;

/** Bars of a length that is stored. */
function storedBars(source: BarSource): PagedRows {
  return pagedRows(`bar_${source}`, BAR_COLUMNS, BAR_KEY_PARTS, (columns, order, behind) => {
    const found = `
  select b.* from unnest($1::int8[]) u (instrument_id), lateral (
    select * from (${SOURCES[source]}) b
    where ${isBehind(behind)}
    order by b.ts_event ${order}, b.producer_id ${order}
    limit $10
  ) b
  order by ${sorted(order)}
  limit $10`;
    const finals =
      source === 'rollup'
        ? `select ${keyOf('b')}, ${valuesOf('b')}, b.ts_init, ${isOver('b.step_ms')} as is_final
  from (${found}) b`
        : found;
    return `${source === 'rollup' ? REACHED : ''}
select ${columns}, b.ts_event, b.instrument_id, b.producer_id
from (${finals}) b
${names}
where $3::int8 is not null
order by ${sorted(order)}`;
  });
}

/** What a longer bar is of those in it, in one interval of one instrument and producer. */
const SUMS = `
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

/**
 * Longer bars of stored ones. A price that does not exist is INT64_MAX; the worst quality is the
 * smallest number that is not OK.
 */
function rolledBars(source: BarSource): PagedRows {
  return pagedRows(
    `rolled_${source}`,
    BAR_COLUMNS,
    BAR_KEY_PARTS,
    (columns, order, behind) => `${source === 'as-of' ? '' : REACHED}
select ${columns}, b.ts_event, b.instrument_id, b.producer_id
from (
  select ${keyOf('b')}, ${valuesOf('b')}, b.ts_init,
    ${source === 'as-of' ? WAS_OVER : isOver('$3::int8')} as is_final
  from (
    select b.instrument_id, b.producer_id, $3::int8 as step_ms,
      feedmill.interval_start(b.ts_event, $3::int8) as ts_event, ${SUMS}
    from unnest($1::int8[]) u (instrument_id), lateral (${SOURCES[source]}) b
    group by 1, 2, 4
  ) b
  where ${isBehind(behind)}
  order by ${sorted(order)}
  limit $10
) b
${names}
order by ${sorted(order)}`,
  );
}

export const STORED_BARS: Readonly<Record<BarSource, PagedRows>> = {
  bar: storedBars('bar'),
  rollup: storedBars('rollup'),
  'as-of': storedBars('as-of'),
};

export const ROLLED_BARS: Readonly<Record<BarSource, PagedRows>> = {
  bar: rolledBars('bar'),
  rollup: rolledBars('rollup'),
  'as-of': rolledBars('as-of'),
};

/** Where the first bars of a range begin; the last ones for the other order. */
export const firstBar = (source: BarSource, order: Order): Query => ({
  name: `first_${source}_${order}`,
  text: `
select ${order === 'asc' ? 'min' : 'max'}(b.ts_event)
from unnest($1::int8[]) u (instrument_id), lateral (
  select b.ts_event from feedmill.${source === 'rollup' ? 'bar_rollup' : 'bar'} b
  where b.instrument_id = u.instrument_id and b.step_ms = $2
    and b.ts_event >= $3 and b.ts_event < $4
  order by b.ts_event ${order} limit 1
) b`,
});
