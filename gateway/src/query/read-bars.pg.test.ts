import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asPosition } from '@feedmill/core/brand';
import { stableId } from '@feedmill/core/stable-id';
import type { BarRow, CommitBatch } from '@feedmill/store/shard-session/commit-batch';
import { ShardSession } from '@feedmill/store/shard-session/shard-session';
import { SAMPLE_DAY, SAMPLE_INSTRUMENT, SampleEvents } from '@feedmill/store/testing/sample-events';
import { startTestPostgres, type TestPostgres } from '@feedmill/store/testing/test-postgres';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BAR_COLUMNS } from './bar-columns.ts';
import { barStep } from './bar-steps.ts';
import type { Reader } from './database.ts';
import { readBars } from './read-bars.ts';
import { readSummaries, SUMMARY_COLUMNS } from './summaries.ts';

const MINUTE = 60_000_000_000n;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;
const instrumentId = stableId(SAMPLE_INSTRUMENT);
const events = new SampleEvents('bars');

let postgres: TestPostgres;
let db: pg.Client;
let session: ShardSession;
let reader: Reader;

beforeAll(async () => {
  postgres = await startTestPostgres();
  db = new pg.Client(postgres.url);
  await db.connect();
  session = await ShardSession.acquire(
    { url: postgres.url, shard: 0, clusterId: 'test', holder: 'bars' },
    systemClock(),
  );
  reader = {
    async rows({ text }, values) {
      return (await db.query<unknown[]>({ text, values: [...values], rowMode: 'array' })).rows;
    },
  };
});

afterAll(async () => {
  await session.close();
  await db.end();
  await postgres.close();
});

beforeEach(async () => {
  await db.query('truncate feedmill.bar, feedmill.bar_rollup, feedmill.bar_revision');
});

/** A bar of 5 min that holds `price` from its beginning to its end. */
const bar = (tsEvent: bigint, price: number, rest: Partial<BarRow> = {}): BarRow => ({
  instrumentId,
  producerId: events.producerId,
  stepMs: 300_000,
  tsEvent,
  open: price,
  high: price,
  low: price,
  close: price,
  vwap: price,
  tradeCount: 1,
  firstSequence: 1,
  lastSequence: 1,
  revision: 0,
  quality: 1,
  isFinal: true,
  volume: 2_000_000_000,
  buyVolume: 2_000_000_000,
  sellVolume: 0,
  notional: BigInt(price) * 2_000_000_000n,
  tsInit: tsEvent + 5n * MINUTE,
  reportingCurrency: '',
  reportingRate: undefined,
  reportingNotional: undefined,
  ratesVersion: undefined,
  ...rest,
});

/** One transaction of the sink with these bars. */
async function commit(...bars: BarRow[]): Promise<void> {
  events.copies.reset();
  const position = session.position;
  const batch: CommitBatch = {
    ...events.batch(1, position),
    fromPosition: position,
    toPosition: asPosition(position + 1),
    producers: [],
    bars,
  };
  expect((await session.commit(batch)).kind).toBe('committed');
}

interface Asked {
  readonly step?: string;
  readonly asOf?: bigint;
  readonly from?: bigint;
  readonly to?: bigint;
  readonly order?: 'asc' | 'desc';
  readonly limit?: number;
  readonly cursor?: string | undefined;
}

async function ask({ step = '5m', asOf, from, to, order = 'asc', limit = 100, cursor }: Asked) {
  const page = await readBars(reader, {
    instrumentIds: [String(instrumentId)],
    step: barStep(step, asOf !== undefined),
    asOf,
    range: { from: from ?? SAMPLE_DAY - DAY, to: to ?? SAMPLE_DAY + 40n * DAY },
    order,
    limit,
    cursor,
    rollUpRowsMax: 100,
  });
  const at = new Map(BAR_COLUMNS.map(({ name }, index) => [name, index]));
  const bars = page.rows.map((row) => ({
    at: BigInt(String(row[at.get('ts_event') ?? 0])) - SAMPLE_DAY,
    open: Number(row[at.get('open') ?? 0]),
    high: Number(row[at.get('high') ?? 0]),
    close: Number(row[at.get('close') ?? 0]),
    volume: String(row[at.get('volume') ?? 0]),
    revision: row[at.get('revision') ?? 0],
    isFinal: row[at.get('is_final') ?? 0],
    quality: row[at.get('quality') ?? 0],
  }));
  return { bars, next: page.next };
}

async function askAll(asked: Asked): Promise<Awaited<ReturnType<typeof ask>>['bars']> {
  const { bars, next } = await ask(asked);
  return next === undefined ? bars : [...bars, ...(await askAll({ ...asked, cursor: next }))];
}

describe('bars of an hour and a day', () => {
  test('are there with the transaction that brings a bar of 5 min', async () => {
    await commit(bar(SAMPLE_DAY, 10));
    expect((await ask({ step: '1h' })).bars).toMatchObject([{ at: 0n, open: 10, close: 10 }]);
    await commit(bar(SAMPLE_DAY + 10n * MINUTE, 30), bar(SAMPLE_DAY + 2n * HOUR, 20));
    expect((await ask({ step: '1h' })).bars).toMatchObject([
      { at: 0n, open: 10, high: 30, close: 30, volume: '4000000000' },
      { at: 2n * HOUR, open: 20, close: 20, volume: '2000000000' },
    ]);
    expect((await ask({ step: '1d' })).bars).toMatchObject([
      { at: 0n, open: 10, high: 30, close: 20, volume: '6000000000' },
    ]);
    expect((await ask({ step: '2h' })).bars).toMatchObject([
      { at: 0n, open: 10, high: 30, close: 30 },
      { at: 2n * HOUR, open: 20 },
    ]);
  });

  test('follow a late trade that changes one of the bars in them', async () => {
    await commit(bar(SAMPLE_DAY, 10), bar(SAMPLE_DAY + 5n * MINUTE, 12));
    await commit(bar(SAMPLE_DAY, 10, { revision: 1, high: 99, quality: 2 }));
    for (const step of ['1h', '1d']) {
      expect((await ask({ step })).bars).toMatchObject([
        { open: 10, high: 99, close: 12, revision: 1, quality: 2 },
      ]);
    }
  });

  test('are not final before the interval is over', async () => {
    await commit(bar(SAMPLE_DAY, 10));
    for (const step of ['15m', '1h', '2h', '1d']) {
      expect((await ask({ step })).bars, step).toMatchObject([{ isFinal: false }]);
    }
    await commit(bar(SAMPLE_DAY + HOUR, 10));
    const { bars } = await ask({ step: '1h' });
    expect(bars.map(({ isFinal }) => isFinal)).toEqual([true, false]);
  });

  test('are summed up over any range, of days, hours and minutes', async () => {
    const minutes = [0n, 1n, 59n, 60n, 24n * 60n, 49n * 60n + 30n].map((at) =>
      bar(SAMPLE_DAY + at * MINUTE, 10, { stepMs: 60_000 }),
    );
    const fives = [0n, 55n, 60n, 24n * 60n, 49n * 60n + 30n].map((at) =>
      bar(SAMPLE_DAY + at * MINUTE, 10, {
        volume: at === 0n ? 4_000_000_000 : 2_000_000_000,
        tradeCount: at === 0n ? 2 : 1,
      }),
    );
    await commit(...minutes, ...fives);
    const tradesOf = async (from: bigint, to: bigint): Promise<number> => {
      const [row] = await readSummaries(reader, {
        instrumentIds: undefined,
        venue: '',
        instrumentsMax: 10,
        range: { from: SAMPLE_DAY + from, to: SAMPLE_DAY + to },
      });
      return Number(row?.[SUMMARY_COLUMNS.findIndex(({ name }) => name === 'trade_count')] ?? 0);
    };
    const { rows } = await db.query('select from feedmill.instrument');
    if (rows.length === 0) {
      await db.query(
        `insert into feedmill.instrument
        values ($1, 0, 0, 0, 0, 0, 0, 0, 1, 1, false, $2, 'B', 'X')`,
        [instrumentId, SAMPLE_INSTRUMENT],
      );
    }
    expect(await tradesOf(0n, 3n * DAY)).toBe(6);
    expect(await tradesOf(MINUTE, 3n * DAY)).toBe(5);
    expect(await tradesOf(2n * MINUTE, 49n * HOUR + 30n * MINUTE)).toBe(3);
    expect(await tradesOf(2n * MINUTE, 49n * HOUR + 31n * MINUTE)).toBe(4);
    expect(await tradesOf(-DAY, 0n)).toBe(0);
    expect(await tradesOf(30n * MINUTE, 40n * MINUTE)).toBe(0);
  });
});

describe('bars as they were known at a time', () => {
  const first = bar(SAMPLE_DAY, 10, { isFinal: false });
  const known = first.tsInit;

  beforeEach(async () => {
    await commit(first);
    await commit({ ...first, revision: 1, close: 11, tsInit: known + MINUTE });
    await commit({ ...first, revision: 2, close: 12, tsInit: known + 2n * MINUTE });
    await commit({ ...first, revision: 2, close: 12, tsInit: known + 3n * MINUTE, isFinal: true });
  });

  test.each([
    [-1n, []],
    [0n, [{ close: 10, revision: 0, isFinal: false }]],
    [MINUTE - 1n, [{ close: 10, revision: 0, isFinal: false }]],
    [MINUTE, [{ close: 11, revision: 1, isFinal: false }]],
    [2n * MINUTE, [{ close: 12, revision: 2, isFinal: false }]],
    [3n * MINUTE - 1n, [{ close: 12, revision: 2, isFinal: false }]],
    [3n * MINUTE, [{ close: 12, revision: 2, isFinal: true }]],
    [DAY, [{ close: 12, revision: 2, isFinal: true }]],
  ])('%s ns after the first revision', async (after, expected) => {
    expect((await ask({ asOf: known + after })).bars).toMatchObject(expected);
    const closes = expected.map(({ close }) => ({ close }));
    expect((await ask({ asOf: known + after, step: '1h' })).bars).toMatchObject(closes);
  });
});

test.each(['asc', 'desc'] as const)('pages meet without a hole, %s', async (order) => {
  const starts = Array.from({ length: 30 }, (_, index) => SAMPLE_DAY + BigInt(index) * 7n * HOUR);
  await commit(...starts.map((start, index) => bar(start, index + 1)));
  for (const step of ['5m', '30m', '1h', '4h', '1d']) {
    const whole = await askAll({ step, order, limit: 100 });
    expect(await askAll({ step, order, limit: 4 }), step).toEqual(whole);
    expect(whole.reduce((sum, { volume }) => sum + BigInt(volume), 0n)).toBe(60_000_000_000n);
  }
});
