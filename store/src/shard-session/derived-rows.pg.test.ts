import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asPosition } from '@feedmill/core/brand';
import { stableId } from '@feedmill/core/stable-id';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selectStates } from '../queries/progress.ts';
import { selectReference } from '../queries/reference.ts';
import { SAMPLE_DAY, SAMPLE_INSTRUMENT, SampleEvents } from '../testing/sample-events.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import type { BarRow, CommitBatch, GapRow, InstrumentRow } from './commit-batch.ts';
import { ShardSession } from './shard-session.ts';

let postgres: TestPostgres;
let db: pg.Client;
let session: ShardSession;
const events = new SampleEvents('derived');

beforeAll(async () => {
  postgres = await startTestPostgres();
  db = new pg.Client(postgres.url);
  await db.connect();
  session = await ShardSession.acquire(
    { url: postgres.url, shard: 0, clusterId: 'test', holder: 'derived' },
    systemClock(),
  );
});

afterAll(async () => {
  await session.close();
  await db.end();
  await postgres.close();
});

const instrumentId = stableId(SAMPLE_INSTRUMENT);

const bar: BarRow = {
  instrumentId,
  producerId: events.producerId,
  stepMs: 60_000,
  tsEvent: SAMPLE_DAY,
  open: 1_500_000_000,
  high: 2_000_000_000,
  low: 1_000_000_000,
  close: 1_250_000_000,
  vwap: 9_223_372_036_854_775_807n,
  tradeCount: 3,
  firstSequence: 1,
  lastSequence: 3,
  revision: 0,
  quality: 2,
  isFinal: false,
  volume: 10n ** 30n,
  buyVolume: 1,
  sellVolume: 0,
  notional: 3n * 10n ** 40n,
  tsInit: SAMPLE_DAY,
  reportingCurrency: '',
  reportingRate: undefined,
  reportingNotional: undefined,
  ratesVersion: undefined,
};

const gap: GapRow = {
  producerId: events.producerId,
  instrumentId,
  channelId: 4_294_967_295,
  epoch: 1,
  sessionId: 'a "session", {odd}\\\0',
  firstMissing: 17_843_232_920_108_168_701n,
  lastMissing: 17_843_232_920_108_168_703n,
  missingCount: 3,
  repairedCount: 0,
  cause: 4,
  repairedBy: 4,
  tsDetected: SAMPLE_DAY,
  tsRepaired: undefined,
  producerSequence: 2,
  isReported: false,
};

const instrument: InstrumentRow = {
  instrumentId,
  name: SAMPLE_INSTRUMENT,
  venue: 'BINANCE',
  rawSymbol: 'BTCUSDT',
  publisherId: 1,
  instrumentClass: 2,
  base: 'BTC',
  quote: 'USDT',
  minPriceIncrement: 10_000_000,
  lotSize: 10_000,
  multiplier: 1_000_000_000,
  expiration: 0,
  strikePrice: 0,
  validFrom: 0,
  validTo: 0,
  allowsNegativePrice: false,
  isin: '',
  figi: '',
  pair: undefined,
};

/** A commit of nothing but derived rows. */
async function commit(parts: Partial<CommitBatch>): Promise<void> {
  events.copies.reset();
  const position = session.position;
  const outcome = await session.commit({
    ...events.batch(1, position),
    fromPosition: position,
    toPosition: asPosition(position + 1),
    producers: [],
    ...parts,
  });
  expect(outcome).toEqual({ kind: 'committed', deadLetters: 0 });
}

test('a bar is replaced by its later revision, the last of a batch counts', async () => {
  await commit({ instruments: [instrument], bars: [bar] });
  await commit({
    bars: [
      { ...bar, revision: 1 },
      { ...bar, revision: 2, close: 7, isFinal: true },
    ],
  });
  const { rows } = await db.query('select * from feedmill.bar');
  expect(rows).toMatchObject([
    { revision: 2, close: '7', is_final: true, volume: `1${'0'.repeat(30)}`, quality: 2 },
  ]);
  const { rows: view } = await db.query('select * from feedmill.v_bar');
  expect(view).toMatchObject([
    {
      bar_type: 'BTCUSDT.BINANCE-1-MINUTE-LAST-INTERNAL',
      open: '1.5',
      vwap: null,
      notional: '30000000000000000000000',
      quality: 'GAP',
      closes: new Date('2024-08-08T00:01:00Z'),
    },
  ]);
});

test('bars of several months land in their partitions', async () => {
  const monthLater = SAMPLE_DAY + 31n * 86_400_000_000_000n;
  await commit({
    bars: [
      { ...bar, tsEvent: monthLater },
      { ...bar, tsEvent: 0n },
    ],
  });
  const { rows } = await db.query<{ name: string }>(
    `select distinct c.relname as name from feedmill.bar b
     join pg_class c on c.oid = b.tableoid order by 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual(['bar_197001', 'bar_202408', 'bar_202409']);
});

test('a gap is one row, and its repair changes it', async () => {
  await commit({ gaps: [gap] });
  await commit({
    gaps: [{ ...gap, repairedCount: 3, repairedBy: 2, tsRepaired: SAMPLE_DAY + 9n }],
  });
  const { rows } = await db.query('select * from feedmill.v_gap');
  expect(rows).toMatchObject([
    {
      first_missing: '17843232920108168701',
      missing_count: '3',
      repaired_count: '3',
      repaired_by: 'RETRANSMIT',
      session_id: 'a "session", {odd}\\\uFFFD',
      instrument: SAMPLE_INSTRUMENT,
    },
  ]);
});

test('a gap and its repair make the same row in one commit or in two', async () => {
  const later = { tsDetected: SAMPLE_DAY + 5n, producerSequence: 9, cause: 0 };
  const repaired = { repairedCount: 3, repairedBy: 2, tsRepaired: SAMPLE_DAY + 9n };
  const repair: GapRow = { ...gap, ...later, ...repaired };
  await commit({ gaps: [gap] });
  await commit({ gaps: [repair] });
  const together: GapRow = { ...gap, firstMissing: 5, cause: 1 };
  await commit({ gaps: [together, { ...repair, firstMissing: 5 }] });
  const { rows } = await db.query(
    'select ts_detected, ts_repaired, producer_sequence, cause, repaired_by from feedmill.gap',
  );
  const expected = {
    ts_detected: String(SAMPLE_DAY),
    ts_repaired: String(SAMPLE_DAY + 9n),
    producer_sequence: '2',
    repaired_by: 2,
  };
  expect(rows).toEqual([
    { ...expected, cause: gap.cause },
    { ...expected, cause: 1 },
  ]);
});

test('an instrument is replaced by what is known later, and else left alone', async () => {
  const read = async () =>
    (await db.query('select xmin::text, venue, isin, lot_size from feedmill.instrument')).rows[0];
  await commit({ instruments: [instrument] });
  const before = await read();
  await commit({ instruments: [instrument] });
  expect(await read()).toEqual(before);
  await commit({ instruments: [{ ...instrument, isin: 'US0', lotSize: 5 }] });
  expect(await read()).toMatchObject({ isin: 'US0', lot_size: '5' });
});

test('a state is kept byte for byte, also without any progress', async () => {
  const state = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
  const position = session.position;
  await commit({
    toPosition: position,
    states: [{ producerId: events.producerId, position, state }],
  });
  const [stored] = await selectStates(db, events.producerId);
  expect(stored).toMatchObject({ shard: 0, position });
  expect(Buffer.from(stored?.state ?? []).equals(Buffer.from(state))).toBe(true);
});

test('a version of reference data stands once, as it was first written', async () => {
  const reference = { kind: 'rates', version: 1, source: 'a.csv', tsLoaded: 5n };
  await commit({ references: [{ ...reference, content: Uint8Array.of(1, 2, 3) }] });
  await commit({ references: [{ ...reference, content: Uint8Array.of(9) }] });
  const stored = await selectReference(db, 'rates');
  expect(stored).toEqual({ ...reference, content: Buffer.of(1, 2, 3) });
});

test('a symbol means what was said of it last', async () => {
  const symbol = {
    publisherId: 1,
    venue: 'BINANCE',
    rawSymbol: 'BTCUSDT',
    validFrom: 0,
    validTo: 0,
    instrumentId,
  };
  await commit({ symbols: [symbol, { ...symbol, validTo: 9n }], instruments: [instrument] });
  await commit({
    symbols: [
      { ...symbol, validTo: 7n },
      { ...symbol, publisherId: 2 },
    ],
  });
  const { rows } = await db.query(
    'select publisher_id, instrument, class, tick, valid_to from feedmill.v_symbol order by 1',
  );
  expect(rows).toMatchObject([
    { publisher_id: 1, instrument: SAMPLE_INSTRUMENT, class: 'SPOT', tick: '0.01' },
    { publisher_id: 2, valid_to: null },
  ]);
});

test('a bar is shown with its worth in the reporting currency', async () => {
  const tsEvent = SAMPLE_DAY + 60_000_000_000n;
  const converted = {
    reportingCurrency: 'EUR',
    reportingRate: 500_000_000n,
    reportingNotional: 6n * 10n ** 18n,
    ratesVersion: 3,
  };
  await commit({ bars: [{ ...bar, tsEvent, ...converted }] });
  const { rows } = await db.query(
    `select reporting_currency, reporting_rate, reporting_notional, rates_version
     from feedmill.v_bar where ts_event = $1`,
    [tsEvent],
  );
  expect(rows).toEqual([
    {
      reporting_currency: 'EUR',
      reporting_rate: '0.5',
      reporting_notional: '6',
      rates_version: '3',
    },
  ]);
});
