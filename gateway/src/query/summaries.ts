import type { RawRow } from '../format/column.ts';
import { BAR_COLUMNS } from './bar-columns.ts';
import type { Query, Reader } from './database.ts';
import type { SqlColumn } from './page.ts';
import type { TimeRange } from './time-range.ts';

const column = (name: string): SqlColumn => {
  const found = BAR_COLUMNS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`bars have no column ${name}`);
  return found;
};

/** What a range of bars comes to, a row for each instrument and feed. */
export const SUMMARY_COLUMNS: readonly SqlColumn[] = [
  column('instrument'),
  {
    name: 'ts_first',
    kind: 'time',
    sql: 'b.ts_first',
    description: 'Start of the first bar that it sums up, of a minute, an hour or a day.',
  },
  {
    name: 'ts_last',
    kind: 'time',
    sql: 'b.ts_last',
    description: 'Start of the last one.',
  },
  ...['open', 'high', 'low', 'close', 'volume', 'buy_volume', 'sell_volume'].map(column),
  ...['notional', 'vwap', 'trade_count', 'quality', 'producer'].map(column),
];

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const NANOS_PER_MS = 1_000_000n;

// $1 the instruments, $2 the venue, $3 how many instruments at most; $4, $5 and $6 the lengths,
// beginnings and ends of the pieces.
const SELECT_SUMMARIES: Query = {
  name: 'summaries',
  text: `
with wanted as materialized (
  select i.instrument_id, i.name from feedmill.instrument i
  where ($1::int8[] is null or i.instrument_id = any ($1::int8[])) and ($2 = '' or i.venue = $2)
  order by i.name
  limit $3
), pieces as materialized (
  select * from unnest($4::int8[], $5::int8[], $6::int8[]) p (step_ms, starts, ends)
), sums as (
  select b.instrument_id, b.producer_id, min(b.ts_event) as ts_first, max(b.ts_event) as ts_last,
    coalesce((array_agg(b.open order by b.ts_event)
      filter (where b.open <> 9223372036854775807))[1], 9223372036854775807) as open,
    coalesce(max(b.high) filter (where b.high <> 9223372036854775807), 9223372036854775807) as high,
    min(b.low) as low,
    coalesce((array_agg(b.close order by b.ts_event desc)
      filter (where b.close <> 9223372036854775807))[1], 9223372036854775807) as close,
    case when sum(b.volume) = 0 then 9223372036854775807
      else feedmill.divide_half_even(sum(b.notional), sum(b.volume)) end as vwap,
    sum(b.trade_count)::int8 as trade_count,
    coalesce(min(b.quality) filter (where b.quality <> 1), 1) as quality,
    sum(b.volume) as volume, sum(b.buy_volume) as buy_volume, sum(b.sell_volume) as sell_volume,
    sum(b.notional) as notional
  from wanted u cross join pieces p cross join lateral (
    select m.instrument_id, m.producer_id, m.ts_event, m.open, m.high, m.low, m.close,
      m.trade_count, m.quality, m.volume, m.buy_volume, m.sell_volume, m.notional
    from feedmill.bar m
    where p.step_ms = ${MINUTE_MS} and m.instrument_id = u.instrument_id
      and m.step_ms = ${MINUTE_MS} and m.ts_event >= p.starts and m.ts_event < p.ends
    union all
    select r.instrument_id, r.producer_id, r.ts_event, r.open, r.high, r.low, r.close,
      r.trade_count, r.quality, r.volume, r.buy_volume, r.sell_volume, r.notional
    from feedmill.bar_rollup r
    where p.step_ms > ${MINUTE_MS} and r.instrument_id = u.instrument_id
      and r.step_ms = p.step_ms and r.ts_event >= p.starts and r.ts_event < p.ends
  ) b
  group by b.instrument_id, b.producer_id
)
select ${SUMMARY_COLUMNS.map(({ sql }) => sql).join(', ')}
from sums b
left join feedmill.instrument i on i.instrument_id = b.instrument_id
left join feedmill.producer p on p.producer_id = b.producer_id
order by i.name, p.name`,
};

export interface SummaryRequest {
  /** Undefined for all. */
  readonly instrumentIds: readonly string[] | undefined;
  /** Empty for all. */
  readonly venue: string;
  readonly instrumentsMax: number;
  readonly range: TimeRange;
}

/** The sum of the minutes that begin in a range: of days and hours as far as they fit. */
export async function readSummaries(reader: Reader, request: SummaryRequest): Promise<RawRow[]> {
  const { instrumentIds, venue, instrumentsMax, range } = request;
  const pieces = piecesOf(range);
  return await reader.rows(SELECT_SUMMARIES, [
    instrumentIds ?? null,
    venue,
    instrumentsMax,
    pieces.map(({ stepMs }) => stepMs),
    pieces.map(({ from }) => String(from)),
    pieces.map(({ to }) => String(to)),
  ]);
}

/** A part of a range that bars of one length fill. */
interface Piece extends TimeRange {
  readonly stepMs: number;
}

/** The range in whole days, with whole hours at its ends, and minutes at theirs. */
function piecesOf(range: TimeRange): Piece[] {
  return cut(range, [DAY_MS, HOUR_MS, MINUTE_MS]);
}

function cut(range: TimeRange, [stepMs, ...smaller]: readonly number[]): Piece[] {
  if (stepMs === undefined || range.from >= range.to) return [];
  const step = BigInt(stepMs) * NANOS_PER_MS;
  const from = -floorDiv(-range.from, step) * step;
  // The shortest bars belong to the range when they begin in it.
  const to =
    smaller.length === 0 ? -floorDiv(-range.to, step) * step : floorDiv(range.to, step) * step;
  if (from >= to) return cut(range, smaller);
  return [
    ...cut({ from: range.from, to: from }, smaller),
    { stepMs, from, to },
    ...cut({ from: to, to: range.to }, smaller),
  ];
}

/** Rounded down, also below 0. */
function floorDiv(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}
