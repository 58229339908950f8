import { systemClock } from '@feedmill/core/adapters/system-clock';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CommitBatch } from '../shard-session/commit-batch.ts';
import { ShardSession } from '../shard-session/shard-session.ts';
import { SAMPLE_DAY, SampleEvents } from '../testing/sample-events.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import { type ProducerReport, verifyStore } from './verify-store.ts';

let postgres: TestPostgres;
let db: pg.Client;
let session: ShardSession;
let shard = 0;
/** A fresh producer for each test, so that one test's fault is not another's. */
let events: SampleEvents;

beforeAll(async () => {
  postgres = await startTestPostgres();
  db = new pg.Client(postgres.url);
  await db.connect();
});

afterAll(async () => {
  await session.close();
  await db.end();
  await postgres.close();
});

beforeEach(async () => {
  if (shard > 0) await session.close();
  shard += 1;
  session = await acquire();
  events = new SampleEvents(`verified-${shard}`);
  // Two commits: 100 events of two days in trade and quote.
  await commit(50);
  await commit(50);
});

const acquire = (of = shard): Promise<ShardSession> =>
  ShardSession.acquire(
    { url: postgres.url, shard: of, clusterId: 'test', holder: 'verify' },
    systemClock(),
  );

async function commit(count: number, change: Partial<CommitBatch> = {}): Promise<void> {
  events.copies.reset();
  const first = events.nextSequence;
  writeEvents(events, count);
  const batch = { ...events.batch(first, session.position), ...change };
  expect(await session.commit(batch)).toMatchObject({ kind: 'committed' });
}

function writeEvents(target: SampleEvents, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const ts = SAMPLE_DAY + BigInt(target.nextSequence) * 1_000_000_000_000n;
    if (target.nextSequence % 3 === 0) target.quote(ts);
    else target.trade(ts);
  }
}

async function report(): Promise<ProducerReport> {
  const reports = await verifyStore(db);
  const found = reports.find(({ producerId }) => producerId === events.producerId);
  if (found === undefined) throw new Error('the producer has no report');
  return found;
}

const onRow = (sql: string, sequence: number) => db.query(sql, [events.producerId, sequence]);

test('a clean set is sound', async () => {
  expect(await report()).toMatchObject({
    committed: 100,
    stored: 100,
    missing: 0,
    missingRanges: [],
    doubled: 0,
    unexpected: 0,
    orderBroken: 0,
    ledgerFaults: [],
    tables: { trade: { rows: 67 }, quote: { rows: 33 } },
    isSound: true,
  });
});

test('rows that are gone are named as ranges', async () => {
  for (const sequence of [1, 50, 52, 53, 100]) {
    await onRow(
      'delete from feedmill.trade where producer_id = $1 and producer_sequence = $2',
      sequence,
    );
  }
  expect(await report()).toMatchObject({
    stored: 95,
    missing: 5,
    missingRanges: [
      { first: 1, last: 1 },
      { first: 50, last: 50 },
      { first: 52, last: 53 },
      { first: 100, last: 100 },
    ],
    isSound: false,
  });
});

test('a row that is there twice is found, in whichever table', async () => {
  await onRow(
    `insert into feedmill.correction select instrument_id, ts_event, producer_id, producer_sequence,
       ts_recv, ts_init, sequence, 0, price, size, 0, 0, 0, 0, 0, 1, trade_id
     from feedmill.trade where producer_id = $1 and producer_sequence = $2`,
    7,
  );
  expect(await report()).toMatchObject({
    missing: 0,
    doubled: 1,
    doubledSequences: [7],
    isSound: false,
  });
});

test('a row beyond what is committed is unexpected', async () => {
  await onRow(
    `update feedmill.trade set producer_sequence = 101
     where producer_id = $1 and producer_sequence = $2`,
    10,
  );
  expect(await report()).toMatchObject({ missing: 1, unexpected: 1, isSound: false });
});

test('rows of a producer that nobody knows are reported', async () => {
  await db.query('delete from feedmill.producer where producer_id = $1', [events.producerId]);
  expect(await report()).toMatchObject({ record: undefined, unexpected: 100, isSound: false });
});

test('an event that was received before its predecessor breaks the order', async () => {
  await onRow(
    `update feedmill.trade set ts_init = ts_init + 10000000000000
     where producer_id = $1 and producer_sequence = $2`,
    20,
  );
  expect(await report()).toMatchObject({ orderBroken: 1, missing: 0, isSound: false });
});

test('a ledger whose ranges do not join breaks the order', async () => {
  await session.close();
  session = await acquire();
  await commit(10);
  expect(await report()).toMatchObject({ isSound: true, committed: 110 });
  await db.query(
    `update feedmill.producer_epoch set first_sequence = first_sequence + 1
     where producer_id = $1 and epoch = 2`,
    [events.producerId],
  );
  const found = await report();
  expect(found.ledgerFaults).toEqual([
    `epoch 2 of shard ${shard} begins at sequence 102, the range before it ends at 100`,
  ]);
  expect(found).toMatchObject({ orderBroken: 1, isSound: false });
});

test('a producer that comes back to a shard within one epoch has a sound ledger', async () => {
  const home = session;
  session = await acquire(shard + 1000);
  await commit(10);
  await session.close();
  session = home;
  await commit(10);
  await commit(10);
  expect(await report()).toMatchObject({ committed: 130, ledgerFaults: [], isSound: true });
});

test('the hash does not depend on how a dead letter was packed', async () => {
  const dead = 'insert into feedmill.dead_letter values ($1, $2, 0, 1, 1, 1, $3, $4, $5)';
  const plant = (raw: string) =>
    db.query(dead, [events.producerId, 1001, 'TEST', 'planted', Buffer.from(raw)]);
  await plant('symbol 0 of its batch');
  const before = await report();
  await onRow(
    'delete from feedmill.dead_letter where producer_id = $1 and producer_sequence = $2',
    1001,
  );
  await plant('symbol 1 of its batch');
  expect((await report()).hash).toBe(before.hash);
});

test('events that are counted instead of stored are not missing', async () => {
  const first = events.nextSequence;
  await commit(5, {
    producers: [
      {
        ...events.progress(first, session.position),
        lastSequence: first + 9,
        duplicateEvents: 2,
        unstoredEvents: 3,
      },
    ],
  });
  expect(await report()).toMatchObject({ committed: 110, stored: 105, missing: 0, isSound: true });
});

test('a dead letter stands for its event', async () => {
  await onRow('delete from feedmill.trade where producer_id = $1 and producer_sequence = $2', 4);
  await onRow(
    `insert into feedmill.dead_letter select $1, $2, 0, ts_init, 1, 1, 'TEST', 'planted', null
     from feedmill.trade where producer_id = $1 and producer_sequence = 5`,
    4,
  );
  expect(await report()).toMatchObject({ missing: 0, stored: 100 });
});

test('the hash depends on every column but our own receive times', async () => {
  const before = await report();
  await db.query(
    `update feedmill.trade set ts_recv = ts_recv + 1, ts_init = ts_init + 1 where producer_id = $1`,
    [events.producerId],
  );
  expect((await report()).hash).toBe(before.hash);
  await onRow(
    'update feedmill.trade set size = size + 1 where producer_id = $1 and producer_sequence = $2',
    5,
  );
  const after = await report();
  expect(after.hash).not.toBe(before.hash);
  expect(after.tables.quote?.hash).toBe(before.tables.quote?.hash);
});
