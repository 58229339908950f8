import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asEpoch, asPosition } from '@feedmill/core/brand';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openPool } from '../connection/pool.ts';
import { selectStates } from '../queries/progress.ts';
import { ShardSession } from '../shard-session/shard-session.ts';
import { SampleEvents } from '../testing/sample-events.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import { saveStates, selectShardStates } from './save-states.ts';

let postgres: TestPostgres;
let pool: pg.Pool;
const shardState = Buffer.from('shard');
const named = { name: 'alpha', incarnation: 3n };

beforeAll(async () => {
  postgres = await startTestPostgres();
  pool = openPool(postgres.url, 'feedmill-test');
});
afterAll(async () => {
  await pool.end();
  await postgres.close();
});

it('a server that goes away in the middle is an error, not the end of the process', async () => {
  const clock = systemClock();
  const options = { url: postgres.url, shard: 1, clusterId: 'test', holder: 'test' };
  const session = await ShardSession.acquire(options, clock);
  const states = [{ ...named, producerId: 8n, state: Buffer.from('state') }];
  const saved = { shard: 1, epoch: session.epoch, position: asPosition(0), shardState, states };
  expect(await saveStates(pool, saved)).toBe(true);
  const holder = new pg.Client(postgres.url);
  await holder.connect();
  await holder.query('begin');
  await holder.query('select from feedmill.producer_state where producer_id = 8 for update');
  const saving = saveStates(pool, saved).then(
    () => 'saved',
    (error: unknown) => String(error),
  );
  const waiting = `select pid from pg_stat_activity
    where wait_event_type = 'Lock' and application_name = 'feedmill-test'`;
  const pid = await vi.waitUntil(async () => (await holder.query(waiting)).rows[0]?.pid);
  await holder.query('select pg_terminate_backend($1)', [pid]);
  expect(await saving).toMatch(/terminat|connection/i);
  await holder.end();
  // The pool has parted with the connection.
  expect(await saveStates(pool, saved)).toBe(true);
  await session.close();
});

it('saves states for the epoch that holds the shard, and for no other', async () => {
  const clock = systemClock();
  const options = { url: postgres.url, shard: 0, clusterId: 'test', holder: 'test' };
  const session = await ShardSession.acquire(options, clock);
  const state = Buffer.alloc(2_000_000, 'state');
  const states = [{ ...named, producerId: 7n, state }];
  const saved = { shard: 0, position: asPosition(0), shardState, states };
  expect(await saveStates(pool, { ...saved, epoch: session.epoch })).toBe(true);
  expect((await selectStates(pool, 7n))[0]?.state).toEqual(state);
  expect(await saveStates(pool, { ...saved, epoch: asEpoch(session.epoch + 1) })).toBe(false);
  expect(
    await saveStates(pool, { ...saved, epoch: session.epoch, position: asPosition(1) }),
    'a position that is not committed',
  ).toBe(false);
  await session.close();
});

it('a producer that leaves changes nothing about the checkpoint that stands', async () => {
  // A worker without its volume's checkpoint once began with the state of the producer that had
  // left, and with no other.
  const clock = systemClock();
  const options = { url: postgres.url, shard: 2, clusterId: 'test', holder: 'test' };
  const session = await ShardSession.acquire(options, clock);
  const position = asPosition(0);
  const states = [
    { ...named, producerId: 21n, state: Buffer.from('stays') },
    { ...named, producerId: 22n, state: Buffer.from('leaves') },
  ];
  await saveStates(pool, { shard: 2, epoch: session.epoch, position, shardState, states });
  const left = { producerId: 22n, position: asPosition(1), state: Buffer.from('has left') };
  const events = new SampleEvents('leaving');
  events.copies.reset();
  await session.commit({
    ...events.batch(1, position),
    fromPosition: position,
    toPosition: asPosition(1),
    copies: events.copies,
    producers: [],
    states: [left],
  });
  const saved = await selectShardStates(pool, 2);
  expect(saved).toMatchObject({ position: 0, shardState });
  expect(saved?.states).toEqual(states);
  const handed = (await selectStates(pool, 22n)).map(({ state }) => String(state));
  expect(handed).toEqual(['has left', 'leaves']);
  await session.close();
});
