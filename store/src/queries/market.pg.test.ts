import { systemClock } from '@feedmill/core/adapters/system-clock';
import { stableId } from '@feedmill/core/stable-id';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPool } from '../connection/pool.ts';
import { ShardSession } from '../shard-session/shard-session.ts';
import { SAMPLE_DAY, SAMPLE_INSTRUMENT, SampleEvents } from '../testing/sample-events.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import { selectBars, selectLastTrades, selectLatestQuote } from './market.ts';
import { selectProducers, selectShards } from './progress.ts';

const NANOS_PER_DAY = 86_400_000_000_000n;

let postgres: TestPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  pool = openPool(postgres.url, 'feedmill-test');
  const session = await ShardSession.acquire(
    { url: postgres.url, shard: 3, clusterId: 'test', holder: 'market' },
    systemClock(),
  );
  const events = new SampleEvents('market');
  for (let day = 0n; day < 5n; day += 1n) {
    for (let index = 0n; index < 2000n; index += 1n) {
      events.trade(SAMPLE_DAY + day * NANOS_PER_DAY + index);
    }
    events.quote(SAMPLE_DAY + day * NANOS_PER_DAY);
  }
  await session.commit(events.batch(1, 0));
  await session.close();
  await pool.query('analyze');
});

afterAll(async () => {
  await pool.end();
  await postgres.close();
});

test('the last trades come newest first', async () => {
  const trades = await selectLastTrades(pool, SAMPLE_INSTRUMENT, 3);
  expect(trades.map(({ tradeId }) => tradeId)).toEqual(['t10004', 't10003', 't10002']);
  expect(trades[0]).toMatchObject({ producerSequence: 10_004, size: 1_000_000n });
});

test('the last trades are read from the newest partition only', async () => {
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
    `explain (analyze, costs off, timing off)
     select * from feedmill.trade where instrument_id = ${stableId(SAMPLE_INSTRUMENT)}
     order by ts_event desc, producer_id desc, producer_sequence desc limit 3`,
  );
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan.match(/never executed/g)).toHaveLength(4);
  expect(plan).not.toContain('Sort');
});

test('the latest quote is that of the last day, and an unknown instrument has none', async () => {
  const quote = await selectLatestQuote(pool, SAMPLE_INSTRUMENT);
  expect(quote?.tsEvent).toBe(SAMPLE_DAY + 4n * NANOS_PER_DAY);
  expect(await selectLatestQuote(pool, 'NOBODY.NOWHERE')).toBeUndefined();
});

test('a day without bars is empty', async () => {
  const bars = await selectBars(
    pool,
    SAMPLE_INSTRUMENT,
    60_000,
    SAMPLE_DAY,
    SAMPLE_DAY + NANOS_PER_DAY,
  );
  expect(bars).toEqual([]);
});

test('shards and producers can be asked for', async () => {
  expect(await selectShards(pool)).toEqual([
    { shard: 3, epoch: 1, position: 1, clusterId: 'test', holder: 'market', state: 'held' },
  ]);
  const producers = await selectProducers(pool, [stableId('market'), stableId('unknown')]);
  expect(producers).toMatchObject([{ name: 'market', lastSequence: 10_005 }]);
});
