import { systemClock } from '@feedmill/core/adapters/system-clock';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { SAMPLE_DAY, SampleEvents } from '../testing/sample-events.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import { ShardSession } from './shard-session.ts';

let postgres: TestPostgres;
let db: pg.Client;
let session: ShardSession;
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

beforeEach(async () => {
  shard += 1;
  session = await ShardSession.acquire(
    { url: postgres.url, shard, clusterId: 'test', holder: 'careful' },
    systemClock(),
  );
});

afterEach(async () => {
  await session.close();
});

async function sequencesIn(table: string, events: SampleEvents): Promise<number[]> {
  const { rows } = await db.query<{ producer_sequence: string }>(
    `select producer_sequence from feedmill.${table} where producer_id = $1
     order by producer_sequence`,
    [events.producerId],
  );
  return rows.map((row) => Number(row.producer_sequence));
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('events that Postgres refuses become dead letters, all others are stored', async () => {
  const events = new SampleEvents('refused');
  const bad = [1, 4, 5, 700, 1000];
  for (const sequence of range(1, 1000)) {
    events.trade(SAMPLE_DAY + BigInt(sequence), bad.includes(sequence) ? 'a\0b' : 'fine');
  }
  events.quote(SAMPLE_DAY);
  const batch = events.batch(1, 0);
  expect(await session.commit(batch)).toMatchObject({ kind: 'rejected', error: { code: '22021' } });
  expect(await sequencesIn('trade', events)).toEqual([]);

  const outcome = await session.commitCarefully(batch, (_, sequence) => Uint8Array.of(sequence));
  expect(outcome).toEqual({ kind: 'committed', deadLetters: 5 });
  expect(await sequencesIn('dead_letter', events)).toEqual(bad);
  expect(await sequencesIn('trade', events)).toEqual(
    range(1, 1000).filter((sequence) => !bad.includes(sequence)),
  );
  expect(await sequencesIn('quote', events)).toEqual([1001]);
  expect(await session.producers()).toMatchObject([{ lastSequence: 1001, deadLetters: 5 }]);
  const { rows } = await db.query(
    `select reason, message, raw, ts_init, position from feedmill.dead_letter
     where producer_id = $1 order by producer_sequence`,
    [events.producerId],
  );
  expect(rows[1]).toEqual({
    reason: 'REFUSED_BY_POSTGRES',
    message: 'invalid byte sequence for encoding "UTF8": 0x00',
    raw: Buffer.of(4),
    ts_init: String(SAMPLE_DAY + 4n),
    position: '1',
  });
});

test('a batch of nothing but refused events is committed as dead letters', async () => {
  const events = new SampleEvents('all-refused');
  for (const sequence of range(1, 50)) events.trade(SAMPLE_DAY + BigInt(sequence), '\0');
  const outcome = await session.commitCarefully(events.batch(1, 0));
  expect(outcome).toEqual({ kind: 'committed', deadLetters: 50 });
  expect(await sequencesIn('dead_letter', events)).toEqual(range(1, 50));
});

test('a careful commit is fenced like any other', async () => {
  const events = new SampleEvents('careful-fenced');
  events.trade(SAMPLE_DAY, '\0');
  await db.query('update feedmill.shard set epoch = epoch + 1 where shard = $1', [shard]);
  expect(await session.commitCarefully(events.batch(1, 0))).toMatchObject({ kind: 'fenced' });
  expect(await sequencesIn('dead_letter', events)).toEqual([]);
});

test('a row that is there already is our own fault, not a dead letter', async () => {
  const events = new SampleEvents('doubled');
  events.trade(SAMPLE_DAY);
  events.nextSequence = 1;
  events.trade(SAMPLE_DAY);
  await expect(session.commitCarefully(events.batch(1, 0))).rejects.toMatchObject({
    code: 'STORE_REJECTED',
  });
  expect(await sequencesIn('dead_letter', events)).toEqual([]);
  expect(await sequencesIn('trade', events)).toEqual([]);
});

test('the session can commit again after a refusal', async () => {
  const events = new SampleEvents('afterwards');
  events.trade(SAMPLE_DAY, '\0');
  expect(await session.commit(events.batch(1, 0))).toMatchObject({ kind: 'rejected' });
  events.copies.reset();
  events.nextSequence = 1;
  events.trade(SAMPLE_DAY, 'fine');
  expect(await session.commit(events.batch(1, 0))).toMatchObject({ kind: 'committed' });
});
