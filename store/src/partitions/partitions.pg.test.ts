import { systemClock } from '@feedmill/core/adapters/system-clock';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dayOf } from '../copy/period.ts';
import { ShardSession } from '../shard-session/shard-session.ts';
import { SAMPLE_DAY, SampleEvents } from '../testing/sample-events.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import { Partitions } from './partitions.ts';

const NANOS_PER_DAY = 86_400_000_000_000n;

let postgres: TestPostgres;
let db: pg.Client;

beforeAll(async () => {
  postgres = await startTestPostgres();
  db = new pg.Client(postgres.url);
  await db.connect();
});

afterAll(async () => {
  await db.end();
  await postgres.close();
});

async function placesOf(events: SampleEvents): Promise<Record<string, number>> {
  const { rows } = await db.query<{ name: string; count: string }>(
    `select c.relname as name, count(*) from feedmill.trade t join pg_class c on c.oid = t.tableoid
     where t.producer_id = $1 group by 1`,
    [events.producerId],
  );
  return Object.fromEntries(rows.map(({ name, count }) => [name, Number(count)]));
}

const session = (shard: number): Promise<ShardSession> =>
  ShardSession.acquire(
    { url: postgres.url, shard, clusterId: 'test', holder: 'partitions' },
    systemClock(),
  );

test('one commit over midnight and years finds or makes the partition of each day', async () => {
  const shard = await session(1);
  const events = new SampleEvents('midnight');
  for (const ts of [
    SAMPLE_DAY - 1n,
    SAMPLE_DAY,
    SAMPLE_DAY + NANOS_PER_DAY - 1n,
    0n,
    2n ** 63n - 1n,
  ]) {
    events.trade(ts);
  }
  expect(await shard.commit(events.batch(1, 0))).toMatchObject({ kind: 'committed' });
  expect(await placesOf(events)).toEqual({
    trade_20240807: 1,
    trade_20240808: 2,
    trade_19700101: 1,
    trade_22620411: 1,
  });
  await shard.close();
});

test('a partition has the key of its table', async () => {
  await new Partitions().ensure(db, 'quote', dayOf(SAMPLE_DAY));
  const { rows } = await db.query<{ definition: string }>(
    "select indexdef as definition from pg_indexes where tablename = 'quote_20240808'",
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]?.definition).toContain(
    'UNIQUE INDEX quote_20240808_pkey ON feedmill.quote_20240808 USING btree ' +
      '(instrument_id, ts_event, producer_id, producer_sequence)',
  );
});

test('ten that want the same partition at once all get it', async () => {
  const clients = Array.from({ length: 10 }, () => new pg.Client(postgres.url));
  await Promise.all(clients.map((client) => client.connect()));
  const day = dayOf(SAMPLE_DAY + 40n * NANOS_PER_DAY);
  const targets = await Promise.all(
    clients.map((client) => new Partitions().ensure(client, 'book_delta', day)),
  );
  expect(new Set(targets)).toEqual(new Set([`book_delta_${day.name}`]));
  await Promise.all(clients.map((client) => client.end()));
});

test('making a partition does not wait for one who is writing another', async () => {
  const writer = new pg.Client(postgres.url);
  await writer.connect();
  await new Partitions().ensure(db, 'trade', dayOf(SAMPLE_DAY));
  await writer.query('begin');
  await writer.query('copy feedmill.trade_20240808 from program $$true$$');
  await db.query("set lock_timeout = '2s'");
  const target = await new Partitions().ensure(db, 'trade', dayOf(SAMPLE_DAY + 5n * NANOS_PER_DAY));
  expect(target).toBe('trade_20240813');
  await writer.query('rollback');
  await writer.end();
});

test('beyond the largest number of partitions rows share the default one', async () => {
  const partitions = new Partitions(2);
  const day = (index: bigint) => dayOf(SAMPLE_DAY + index * NANOS_PER_DAY);
  const targets = [];
  for (const index of [0n, 1n, 2n, 3n, 0n]) {
    targets.push(await partitions.ensure(db, 'order_event', day(index)));
  }
  expect(targets).toEqual([
    'order_event_20240808',
    'order_event_20240809',
    'order_event_default',
    'order_event_default',
    'order_event_20240808',
  ]);
});

test('a partition that was dropped is made again at the next attempt', async () => {
  const shard = await session(2);
  const events = new SampleEvents('dropped');
  const day = SAMPLE_DAY + 9n * NANOS_PER_DAY;
  events.trade(day);
  expect(await shard.commit(events.batch(1, 0))).toMatchObject({ kind: 'committed' });
  await db.query('drop table feedmill.trade_20240817');
  events.copies.reset();
  events.trade(day);
  const batch = events.batch(2, 1);
  expect(await shard.commit(batch)).toMatchObject({ kind: 'retryable' });
  expect(await shard.commit(batch)).toMatchObject({ kind: 'committed' });
  expect(await placesOf(events)).toEqual({ trade_20240817: 1 });
  await shard.close();
});
