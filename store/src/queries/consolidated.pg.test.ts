import assert from 'node:assert/strict';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asPosition } from '@feedmill/core/brand';
import { UNDEF_PRICE } from '@feedmill/core/event';
import type { Cbbo } from '@feedmill/core/quote/cbbo';
import { stableId } from '@feedmill/core/stable-id';
import { ConsolidatedState } from '@feedmill/proto/feedmill/v1/event_pb';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPool } from '../connection/pool.ts';
import { ShardSession } from '../shard-session/shard-session.ts';
import { SAMPLE_DAY, SAMPLE_INSTRUMENT, SampleEvents } from '../testing/sample-events.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import { selectCbbos } from './consolidated.ts';

const NANOS_PER_DAY = 86_400_000_000_000n;
const PAIR = { name: 'BTC/USDT-SPOT', id: stableId('BTC/USDT-SPOT') };
const SHOWN: Cbbo = {
  pair: PAIR,
  bidPx: 61_737_630_000_000,
  bidSz: 2n ** 60n,
  bidInstrumentId: stableId(SAMPLE_INSTRUMENT),
  bidPublisherId: 5,
  askPx: 61_737_640_000_000,
  askSz: 3,
  askInstrumentId: stableId('BTC-USDT.OKX'),
  askPublisherId: 9,
  venuesLive: 2,
  venuesStale: 1,
  state: ConsolidatedState.NORMAL,
  oldestTsRecv: SAMPLE_DAY - 5n,
  supersededQuotes: 4,
};
const GONE: Cbbo = {
  ...SHOWN,
  bidPx: UNDEF_PRICE,
  bidSz: 0,
  bidInstrumentId: 0n,
  bidPublisherId: 0,
  askPx: UNDEF_PRICE,
  askSz: 0,
  askInstrumentId: 0n,
  askPublisherId: 0,
  venuesLive: 0,
  venuesStale: 3,
  state: ConsolidatedState.EMPTY,
  oldestTsRecv: 0n,
  supersededQuotes: 0,
};

let postgres: TestPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  pool = openPool(postgres.url, 'feedmill-test');
  const session = await ShardSession.acquire(
    { url: postgres.url, shard: 3, clusterId: 'test', holder: 'market' },
    systemClock(),
  );
  const batch = new SampleEvents('market').batch(1, 0);
  const position = asPosition(1);
  const cbbos = [0n, 1n, 2n].flatMap((day) => {
    const tsInit = SAMPLE_DAY + day * NANOS_PER_DAY;
    const row = { tsEvent: SAMPLE_DAY - 1n, tsInit, position };
    return [
      { ...row, cbbo: SHOWN, rowIndex: 0 },
      { ...row, cbbo: GONE, rowIndex: 1 },
    ];
  });
  const outcome = await session.commit({ ...batch, cbbos, producers: [] });
  assert(outcome.kind === 'committed');
  await session.close();
});

afterAll(async () => {
  await pool.end();
  await postgres.close();
});

test('the last of a pair come newest first, over days', async () => {
  const found = await selectCbbos(pool, PAIR.name, 3);
  expect(found.map(({ tsInit, rowIndex }) => [tsInit - SAMPLE_DAY, rowIndex])).toEqual([
    [2n * NANOS_PER_DAY, 1],
    [2n * NANOS_PER_DAY, 0],
    [NANOS_PER_DAY, 1],
  ]);
  const { pair: _pair, bidPublisherId: _bid, askPublisherId: _ask, ...shown } = SHOWN;
  expect(found[1]).toMatchObject({
    ...shown,
    bidPx: BigInt(SHOWN.bidPx),
    askPx: BigInt(SHOWN.askPx),
    askSz: 3n,
    shard: 3,
    position: 1,
    tsEvent: SAMPLE_DAY - 1n,
  });
});

test('those before a time are found, and an unknown pair has none', async () => {
  const [last] = await selectCbbos(pool, PAIR.name, 1, SAMPLE_DAY + NANOS_PER_DAY);
  expect(last?.tsInit).toBe(SAMPLE_DAY);
  expect(await selectCbbos(pool, 'ETH/USDT-SPOT', 1)).toEqual([]);
});

test('the view shows prices as people write them, and what is not there as null', async () => {
  await pool.query(
    `insert into feedmill.instrument (instrument_id, min_price_increment, lot_size, multiplier,
      expiration, strike_price, valid_from, valid_to, publisher_id, instrument_class,
      allows_negative_price, name, venue, raw_symbol, asset_pair_id, asset_pair)
     values ($1, 0, 0, 0, 0, 0, 0, 0, 1, 2, false, $2, 'BINANCE', 'BTCUSDT', $3, $4)`,
    [SHOWN.bidInstrumentId, SAMPLE_INSTRUMENT, PAIR.id, PAIR.name],
  );
  const { rows } = await pool.query(
    `select asset_pair, bid_px::text, bid_venue, ask_px::text, ask_venue, venues_live, state,
      oldest_received from feedmill.v_cbbo order by ts_init, row_index limit 2`,
  );
  expect(rows).toEqual([
    {
      asset_pair: PAIR.name,
      bid_px: '61737.63',
      bid_venue: 'BINANCE',
      ask_px: '61737.64',
      // Nobody has told what that instrument is.
      ask_venue: null,
      venues_live: 2,
      state: 'NORMAL',
      oldest_received: new Date('2024-08-07T23:59:59.999Z'),
    },
    {
      asset_pair: PAIR.name,
      bid_px: null,
      bid_venue: null,
      ask_px: null,
      ask_venue: null,
      venues_live: 0,
      state: 'EMPTY',
      oldest_received: null,
    },
  ]);
});
