import { systemClock } from '@feedmill/core/adapters/system-clock';
import type { Clock } from '@feedmill/core/clock';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { CuttingProxy } from '../testing/cutting-proxy.ts';
import { SAMPLE_DAY, SampleEvents } from '../testing/sample-events.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import type { CommitBatch } from './commit-batch.ts';
import { COMMIT_TIMEOUT_MS } from './limits.ts';
import { ShardSession } from './shard-session.ts';

let postgres: TestPostgres;
let db: pg.Client;
let proxy: CuttingProxy;
let session: ShardSession;
let shard = 0;
let events: SampleEvents;
let batch: CommitBatch;

/** The session's own timers, which a test lets run out. */
const timers: { readonly delayMs: number; readonly callback: () => void }[] = [];
const clock: Clock = {
  ...systemClock(),
  schedule(delayMs, callback) {
    const timer = { delayMs, callback };
    timers.push(timer);
    return timer;
  },
  cancel: () => undefined,
};

beforeAll(async () => {
  postgres = await startTestPostgres();
  db = new pg.Client(postgres.url);
  await db.connect();
});

afterAll(async () => {
  await db.end();
  await postgres.close();
});

beforeEach(async () => {
  shard += 1;
  proxy = await CuttingProxy.start(postgres.url);
  session = await ShardSession.acquire(
    { url: proxy.url, shard, clusterId: 'test', holder: 'lost' },
    clock,
  );
  events = new SampleEvents(`lost-${shard}`);
  // The first commit makes the partition and prepares the COPY; what is lost is the second.
  events.trade(SAMPLE_DAY);
  await session.commit(events.batch(1, 0));
  events.copies.reset();
  for (let index = 1; index <= 3000; index += 1) events.trade(SAMPLE_DAY + BigInt(index));
  batch = events.batch(2, 1);
});

afterEach(async () => {
  await session.close();
  await proxy.close();
});

async function storedTrades(): Promise<number> {
  const { rows } = await db.query<{ count: string }>(
    'select count(*) from feedmill.trade where producer_id = $1',
    [events.producerId],
  );
  return Number(rows[0]?.count);
}

/** Whether the server has some of the rows and waits for more. */
async function isServerCopying(): Promise<boolean> {
  const { rows } = await db.query(
    `select from pg_stat_activity where application_name = $1 and state = 'active'
       and query like 'copy%' and wait_event = 'ClientRead'`,
    [`feedmill-shard-${shard}-epoch-1`],
  );
  return rows.length === 1;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a commit whose answer is lost on the way is found to be in', async () => {
  proxy.mode = 'swallow-answers';
  const outcome = session.commit(batch);
  await until(async () => (await storedTrades()) === 3001);
  proxy.cut();
  expect((await outcome).kind).toBe('unknown');
  proxy.mode = 'pass';
  expect(await session.settle(batch)).toBe('committed');
  expect(session.position).toBe(2);
  expect(await storedTrades()).toBe(3001);
});

test('a commit that was cut amid its rows is found not to be in, and done again', async () => {
  proxy.mode = 'cut-requests';
  const outcome = session.commit(batch);
  await until(isServerCopying);
  proxy.cut();
  expect((await outcome).kind).toBe('unknown');
  proxy.mode = 'pass';
  expect(await session.settle(batch)).toBe('not-committed');
  expect(await session.commit(batch)).toMatchObject({ kind: 'committed' });
  expect(await storedTrades()).toBe(3001);
});

test('a transaction that a lost connection left open is ended before settling', async () => {
  proxy.mode = 'cut-requests';
  const outcome = session.commit(batch);
  // Nobody cuts: server and client both wait, until the client's patience ends.
  await until(isServerCopying);
  expect(timers.at(-1)?.delayMs).toBe(COMMIT_TIMEOUT_MS);
  timers.at(-1)?.callback();
  expect(await outcome).toMatchObject({
    kind: 'unknown',
    error: { message: `no answer to a commit within ${COMMIT_TIMEOUT_MS} ms` },
  });
  proxy.mode = 'pass';
  expect(await session.settle(batch)).toBe('not-committed');
  expect(await session.commit(batch)).toMatchObject({ kind: 'committed' });
  expect(await storedTrades()).toBe(3001);
});

test('settling while the server is away fails and can be repeated', async () => {
  await proxy.close();
  expect((await session.commit(batch)).kind).toBe('unknown');
  await expect(session.settle(batch)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    retryable: true,
  });
  await expect(session.settle(batch)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  proxy = await CuttingProxy.start(postgres.url);
});
