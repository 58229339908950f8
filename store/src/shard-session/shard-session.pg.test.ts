import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SAMPLE_DAY, SampleEvents } from '../testing/sample-events.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import { ShardSession } from './shard-session.ts';

let postgres: TestPostgres;
let db: pg.Client;
let shard = 0;

beforeAll(async () => {
  postgres = await startTestPostgres();
  db = new pg.Client(postgres.url);
  await db.connect();
});

afterAll(async () => {
  await db.end();
  await postgres.close();
});

const acquire = (of: number, expectedEpoch?: number): Promise<ShardSession> =>
  ShardSession.acquire(
    {
      url: postgres.url,
      shard: of,
      clusterId: 'test',
      holder: 'worker-a',
      ...(expectedEpoch === undefined ? {} : { expectedEpoch }),
    },
    systemClock(),
  );

async function countOf(sql: string, ...values: unknown[]): Promise<number> {
  const { rows } = await db.query<{ count: string }>(sql, values);
  return Number(rows[0]?.count);
}

const tradesOf = (events: SampleEvents): Promise<number> =>
  countOf('select count(*) from feedmill.trade where producer_id = $1', events.producerId);

test('a commit stores rows, producer, ledger and position together', async () => {
  shard += 1;
  const session = await acquire(shard);
  expect([session.epoch, session.position]).toEqual([1, 0]);
  const events = new SampleEvents('whole');
  for (let index = 0; index < 1000; index += 1) events.trade(SAMPLE_DAY + BigInt(index));
  events.quote(SAMPLE_DAY);
  expect(await session.commit(events.batch(1, 0))).toEqual({ kind: 'committed', deadLetters: 0 });
  expect(await tradesOf(events)).toBe(1000);
  expect(session.position).toBe(1);
  const [producer] = await session.producers();
  expect(producer).toMatchObject({ name: 'whole', lastSequence: 1001, events: 1001, epoch: 1 });
  const { rows } = await db.query('select * from feedmill.producer_epoch where producer_id = $1', [
    events.producerId,
  ]);
  expect(rows).toMatchObject([{ epoch: '1', first_sequence: '1', last_sequence: '1001' }]);
  await session.close();
});

test('an older epoch cannot commit, and its session has been ended', async () => {
  shard += 1;
  const old = await acquire(shard);
  const events = new SampleEvents('fenced');
  events.trade(SAMPLE_DAY);
  const current = await acquire(shard);
  expect(current.epoch).toBe(2);
  const batch = events.batch(1, 0);
  const outcome = await old.commit(batch);
  expect(['unknown', 'retryable']).toContain(outcome.kind);
  await expect(old.settle(batch)).rejects.toMatchObject({ code: 'FENCED' });
  expect(await tradesOf(events)).toBe(0);
  await old.close();
  await current.close();
});

test('the fence itself holds where the old session survived', async () => {
  shard += 1;
  const session = await acquire(shard);
  // Raised behind its back, without ending the session.
  await db.query('update feedmill.shard set epoch = epoch + 1 where shard = $1', [shard]);
  const events = new SampleEvents('surviving');
  events.trade(SAMPLE_DAY);
  const outcome = await session.commit(events.batch(1, 0));
  expect(outcome).toMatchObject({ kind: 'fenced' });
  expect(await tradesOf(events)).toBe(0);
  await session.close();
});

test('a commit from another position than the committed one is fenced', async () => {
  shard += 1;
  const session = await acquire(shard);
  const events = new SampleEvents('displaced');
  events.trade(SAMPLE_DAY);
  expect(await session.commit(events.batch(1, 7))).toMatchObject({ kind: 'fenced' });
  expect(await tradesOf(events)).toBe(0);
  await session.close();
});

test('sequences that leave a hole or repeat are refused', async () => {
  shard += 1;
  const session = await acquire(shard);
  const events = new SampleEvents('holes');
  events.nextSequence = 5;
  events.trade(SAMPLE_DAY);
  const batch = events.batch(5, 0);
  const outcome = await session.commit(batch);
  expect(outcome).toMatchObject({ kind: 'rejected', error: { code: 'FM002' } });
  await expect(session.commitCarefully(batch)).rejects.toMatchObject({ code: 'STORE_REJECTED' });
  expect(await tradesOf(events)).toBe(0);
  await session.close();
});

test('a batch that failed can be committed as it is afterwards', async () => {
  shard += 1;
  const session = await acquire(shard);
  const events = new SampleEvents('again');
  for (let index = 0; index < 3000; index += 1) events.trade(SAMPLE_DAY + BigInt(index));
  const batch = events.batch(1, 0);
  await db.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
    [`feedmill-shard-${shard}-epoch-1`],
  );
  const outcome = await session.commit(batch);
  expect(['unknown', 'retryable']).toContain(outcome.kind);
  expect(await session.settle(batch)).toBe('not-committed');
  expect(await session.commit(batch)).toMatchObject({ kind: 'committed' });
  expect(await tradesOf(events)).toBe(3000);
  await session.close();
});

test('a commit whose answer was lost is found to be committed, and not done twice', async () => {
  shard += 1;
  const session = await acquire(shard);
  const events = new SampleEvents('lost-answer');
  events.trade(SAMPLE_DAY);
  const batch = events.batch(1, 0);
  expect(await session.commit(batch)).toMatchObject({ kind: 'committed' });
  // The same as if the answer had never come: the worker asks.
  expect(await session.settle(batch)).toBe('committed');
  expect(session.position).toBe(1);
  expect(await tradesOf(events)).toBe(1);
  await session.close();
});

test('a database serves one cluster', async () => {
  const foreign = ShardSession.acquire(
    { url: postgres.url, shard, clusterId: 'other', holder: 'worker-b' },
    systemClock(),
  );
  await expect(foreign).rejects.toMatchObject({ code: 'STORE_INCOMPATIBLE' });
});

test('an expected epoch that does not stand is refused and raises nothing', async () => {
  shard += 1;
  const session = await acquire(shard, 0);
  await expect(acquire(shard, 5)).rejects.toMatchObject({ code: 'FENCED' });
  await expect(acquire(shard, 0)).rejects.toMatchObject({ code: 'FENCED' });
  const next = await acquire(shard, session.epoch);
  expect(next.epoch).toBe(2);
  await session.close();
  await next.close();
});

test('a frozen holder with the row locked does not keep the next one out', async () => {
  shard += 1;
  const child = await startHolder(shard, 'locking');
  child.kill('SIGSTOP');
  const session = await acquire(shard);
  expect([session.epoch, session.position]).toEqual([2, 0]);
  child.kill('SIGKILL');
  await session.close();
});

test('a holder that was stopped commits nothing once another has the shard', async () => {
  shard += 1;
  const child = await startHolder(shard, 'committing');
  child.kill('SIGSTOP');
  const session = await acquire(shard);
  const atTakeover = session.position;
  const events = new SampleEvents(`child-${shard}`);
  expect(await tradesOf(events)).toBe(atTakeover);
  const said = nextWord(child);
  child.kill('SIGCONT');
  expect(await said).toBe('fenced');
  expect(await tradesOf(events)).toBe(atTakeover);
  await session.close();
});

async function startHolder(of: number, mode: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('../testing/holder-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, postgres.url, String(of), mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  expect(await nextWord(child)).toBe('holding');
  return child;
}

async function nextWord(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the child has no output');
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return chunk.toString().trim();
}
