import pg from 'pg';

const NANOS_PER_DAY = 86_400_000_000_000n;
const MS_PER_DAY = 86_400_000;
const MINUTES_PER_DAY = 390;
/** 13:30 UTC, when the exchanges of the United States open in summer. */
const OPEN_MINUTE = 810;
const TRADE_DAYS = 5;
const QUOTES_PER_INSTRUMENT = 1_000;
// Two cores: more loaders than that take turns.
const LOADERS = 2;

export interface HistoryOptions {
  readonly trades: number;
  readonly instruments: number;
  /** Days of minute bars. */
  readonly days: number;
}

export interface History extends HistoryOptions {
  readonly bars: number;
  readonly quotes: number;
  readonly loadSeconds: number;
  readonly databaseMiB: number;
  /** First of the days with trades, the last day with anything, ns. */
  readonly firstTradeDay: bigint;
  readonly lastDay: bigint;
  readonly firstBarDay: bigint;
}

export const nameOf = (instrument: number): string => `I${instrument}.XNAS`;

/** A partition that is filled before it gets its index and its place. */
interface Part {
  readonly table: string;
  readonly suffix: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly fill: string;
}

/** Fills a database with a made-up past that ends on the day before `today`, ns. */
export async function loadHistory(
  url: string,
  options: HistoryOptions,
  today: bigint,
): Promise<History> {
  const { trades, instruments, days } = options;
  const startedMs = performance.now();
  const client = await connected(url);
  await client.query(INSERT_NAMES, [instruments]);
  const lastDay = today - NANOS_PER_DAY;
  const dayBefore = (count: number): bigint => lastDay - BigInt(count) * NANOS_PER_DAY;
  const firstTradeDay = dayBefore(TRADE_DAYS - 1);
  const firstBarDay = dayBefore(days - 1);
  const perDay = Math.ceil(trades / instruments / TRADE_DAYS);
  const parts = [
    ...Array.from({ length: TRADE_DAYS }, (_, index) =>
      tradePart(dayBefore(index), instruments, perDay),
    ),
    ...barParts(firstBarDay, days, instruments),
    quotePart(lastDay, instruments),
  ];
  await fillAll(url, parts);
  await client.query(FILL_ROLL_UPS);
  // Or it would be done while it is measured.
  await client.query('vacuum (analyze, freeze)');
  await client.query('checkpoint');
  const { rows } = await client.query<{ size: string }>(
    'select pg_database_size(current_database()) as size',
  );
  await client.end();
  return {
    trades: perDay * TRADE_DAYS * instruments,
    instruments,
    days,
    bars: days * MINUTES_PER_DAY * instruments,
    quotes: QUOTES_PER_INSTRUMENT * instruments,
    loadSeconds: (performance.now() - startedMs) / 1000,
    databaseMiB: Number(rows[0]?.size ?? 0) / 2 ** 20,
    firstTradeDay,
    lastDay,
    firstBarDay,
  };
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  // What goes wrong shows in the statement; a server that stops under an idle session is no fault.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function fillAll(url: string, parts: readonly Part[]): Promise<void> {
  const waiting = [...parts];
  const load = async (): Promise<void> => {
    const client = await connected(url);
    await client.query(`set synchronous_commit = off; set maintenance_work_mem = '512MB'`);
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      await fill(client, part);
    }
    await client.end();
  };
  await Promise.all(Array.from({ length: LOADERS }, load));
}

/** Sorting once is much faster than putting each row into the index. */
async function fill(client: pg.Client, part: Part): Promise<void> {
  const { table, suffix, start, end } = part;
  const name = `feedmill.${table}_${suffix}`;
  await client.query('begin');
  await client.query(`create table ${name} (like feedmill.${table} including defaults)`);
  await client.query(part.fill.replace('{table}', name));
  const keys = { bar: BAR_KEY, trade: EVENT_KEY, quote: EVENT_KEY };
  await client.query(`alter table ${name} add primary key (${keys[table as keyof typeof keys]})`);
  await client.query('commit');
  await client.query(
    `alter table feedmill.${table} attach partition ${name} for values from (${start}) to (${end})`,
  );
}

const EVENT_KEY = 'instrument_id, ts_event, producer_id, producer_sequence';
const BAR_KEY = 'instrument_id, step_ms, ts_event, producer_id';

// The id of a name is the first 63 bits of its SHA-256.
const idOf = (text: string): string =>
  `(('x' || encode(substring(sha256(convert_to(${text}, 'UTF8')) from 1 for 8), 'hex'))::bit(64)
    >> 1)::int8`;
const PRODUCER_ID = idOf(`'history'`);
const INSTRUMENT_ID = idOf(`'I' || i || '.XNAS'`);

const INSERT_NAMES = `
insert into feedmill.instrument (
  instrument_id, min_price_increment, lot_size, multiplier, expiration, strike_price, valid_from,
  valid_to, publisher_id, instrument_class, allows_negative_price, name, venue, raw_symbol)
select ${INSTRUMENT_ID}, 10000000, 1000000000, 0, 0, 0, 0, 0, 1, 1, false, 'I' || i || '.XNAS',
  'XNAS', 'I' || i
from generate_series(0, $1::int4 - 1) i`;

const dayName = (day: bigint): string =>
  new Date(Number(day / NANOS_PER_DAY) * MS_PER_DAY).toISOString().slice(0, 10).replaceAll('-', '');

/** The same number of trades of each instrument, spread over a trading day. */
function tradePart(day: bigint, instruments: number, perDay: number): Part {
  const open = day + BigInt(OPEN_MINUTE) * 60_000_000_000n;
  const gap = (BigInt(MINUTES_PER_DAY) * 60_000_000_000n) / BigInt(perDay);
  return {
    table: 'trade',
    suffix: dayName(day),
    start: day,
    end: day + NANOS_PER_DAY,
    fill: `
insert into {table} (
  instrument_id, ts_event, producer_id, producer_sequence, ts_recv, ts_init, sequence, price, size,
  publisher_id, channel_id, epoch, flags, ts_event_source, aggressor_side, update_flags, trade_id)
select n.id, ${open} + t * ${gap}::int8 + i, p.id,
  ${day / NANOS_PER_DAY} * 100000000::int8 + t * ${instruments}::int8 + i,
  ${open} + t * ${gap}::int8 + i + 150000, ${open} + t * ${gap}::int8 + i + 900000, t,
  100000000000 + (i * 7919 + t * 31) % 5000 * 10000000::int8,
  (1 + t % 9) * 100000000000::int8, 1, 0, 0, 128, 1,
  1 + t % 2, 7, 't' || t
from (select ${PRODUCER_ID} as id) p,
  lateral (select i, ${INSTRUMENT_ID} as id from generate_series(0, ${instruments - 1}) i) n,
  lateral generate_series(0, ${perDay - 1}) t`,
  };
}

function quotePart(day: bigint, instruments: number): Part {
  const open = day + BigInt(OPEN_MINUTE) * 60_000_000_000n;
  return {
    table: 'quote',
    suffix: dayName(day),
    start: day,
    end: day + NANOS_PER_DAY,
    fill: `
insert into {table} (
  instrument_id, ts_event, producer_id, producer_sequence, ts_recv, ts_init, sequence, bid_px,
  bid_sz, ask_px, ask_sz, publisher_id, channel_id, epoch, flags, bid_ct, ask_ct, ts_event_source,
  is_indicative)
select n.id, ${open} + t * 20000000000 + i, p.id, 900000000000 + t * ${instruments}::int8 + i,
  ${open} + t * 20000000000 + i + 150000, ${open} + t * 20000000000 + i + 900000, t,
  100000000000, 100000000000, 100010000000, 100000000000, 1, 0, 0, 128, 1, 1, 1, false
from (select ${PRODUCER_ID} as id) p,
  lateral (select i, ${INSTRUMENT_ID} as id from generate_series(0, ${instruments - 1}) i) n,
  lateral generate_series(0, ${QUOTES_PER_INSTRUMENT - 1}) t`,
  };
}

/** Bars of a minute and of five for every day, a partition for each month. */
function barParts(firstDay: bigint, days: number, instruments: number): Part[] {
  const dates = Array.from(
    { length: days },
    (_, index) => Number(firstDay / NANOS_PER_DAY) + index,
  );
  const months = Map.groupBy(dates, (date) =>
    new Date(date * MS_PER_DAY).toISOString().slice(0, 7),
  );
  return [...months].map(([month, inMonth]) => {
    const first = Date.parse(`${month}-01T00:00:00Z`);
    const after = new Date(first);
    after.setUTCMonth(after.getUTCMonth() + 1);
    const from = inMonth[0] ?? 0;
    return {
      table: 'bar',
      suffix: month.replace('-', ''),
      start: BigInt(first) * 1_000_000n,
      end: BigInt(after.getTime()) * 1_000_000n,
      fill: `
insert into {table} (
  instrument_id, step_ms, ts_event, producer_id, open, high, low, close, vwap, trade_count,
  first_sequence, last_sequence, ts_init, revision, quality, is_final, volume, buy_volume,
  sell_volume, notional)
select n.id, s.step, d.day * 86400000000000 + (${OPEN_MINUTE} + m) * 60000000000, p.id,
  b.price, b.price + 50000000, b.price - 50000000, b.price + 10000000, b.price, 10, 0, 0,
  d.day * 86400000000000 + (${OPEN_MINUTE} + m) * 60000000000 + s.step * 1000000::int8, 0, 1, true,
  5000000000000, 2500000000000, 2500000000000, 5000000000000::numeric * b.price
from (select ${PRODUCER_ID} as id) p,
  lateral (select i, ${INSTRUMENT_ID} as id from generate_series(0, ${instruments - 1}) i) n,
  lateral (values (60000, 1), (300000, 5)) s (step, minutes),
  lateral generate_series(${from}, ${from + inMonth.length - 1}) d (day),
  lateral generate_series(0, ${MINUTES_PER_DAY - 1}, s.minutes) m,
  lateral (select 100000000000 + (n.i * 7919 + m * 31 + d.day) % 5000 * 10000000::int8 as price) b`,
    };
  });
}

// What the sink's transaction does bar by bar, for all at once.
const FILL_ROLL_UPS = `
with hours as (
  select array_agg(u.instrument_id) as ids, array_agg(u.producer_id) as producers,
    array_agg(u.ts_event) as starts
  from (
    select distinct b.instrument_id, b.producer_id,
      feedmill.interval_start(b.ts_event, 3600000) as ts_event
    from feedmill.bar b where b.step_ms = 300000
  ) u
) select feedmill.roll_up(h.ids, h.producers, h.starts, 3600000) from hours h;
with days as (
  select array_agg(u.instrument_id) as ids, array_agg(u.producer_id) as producers,
    array_agg(u.ts_event) as starts
  from (
    select distinct h.instrument_id, h.producer_id,
      feedmill.interval_start(h.ts_event, 86400000) as ts_event
    from feedmill.bar_rollup h where h.step_ms = 3600000
  ) u
) select feedmill.roll_up(d.ids, d.producers, d.starts, 86400000) from days d;`;
