import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asPosition } from '@feedmill/core/brand';
import { type Connect, connect, unavailable } from '@feedmill/store/connection/connect';
import { openPool } from '@feedmill/store/connection/pool';
import { ShardSession } from '@feedmill/store/shard-session/shard-session';
import { startTestPostgres, type TestPostgres } from '@feedmill/store/testing/test-postgres';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { LIMITS } from '../limits.ts';
import type { WorkerStore } from '../worker-deps.ts';
import { postgresStore } from './postgres-store.ts';

let postgres: TestPostgres;
let shard = 0;
const opened: { close(): Promise<void> }[] = [];
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

beforeAll(async () => {
  postgres = await startTestPostgres();
});

afterAll(async () => {
  await postgres.close();
});

beforeEach(() => {
  shard += 1;
});

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

function openStore(
  holder: string,
  connectWith: Connect = connect,
  pastHolders: readonly string[] = [],
): WorkerStore {
  const store = postgresStore({
    config: { shard, postgres: postgres.url, clusterId: 'test' },
    limits: LIMITS,
    clock: systemClock(),
    log: silent,
    pool: openPool(postgres.url, 'test'),
    connect: connectWith,
    holder,
    pastHolders: new Set(pastHolders),
  });
  opened.push(store);
  return store;
}

async function take(store: WorkerStore, epoch: number): Promise<ShardSession> {
  const session = await store.acquire(epoch);
  if (session === undefined) throw new Error('an earlier process came between');
  opened.push(session);
  return session;
}

test('a worker whose shard was taken while it read its journal does not take it back', async () => {
  const slow = openStore('slow');
  const { epoch } = await slow.readStanding();
  const session = await take(openStore('quick'), epoch);
  await expect(slow.acquire(epoch)).rejects.toMatchObject({ code: 'FENCED' });
  expect((await slow.readStanding()).epoch).toBe(session.epoch);
});

test('a worker looks again where a dead predecessor of it took the shard late', async () => {
  // The request of a process that was killed reached Postgres after its successor had looked: the
  // successor ended with FENCED, and local mode does not start such a one again.
  const store = openStore('second', connect, ['first']);
  const { epoch } = await store.readStanding();
  const late = await take(openStore('first'), epoch);
  expect(await store.acquire(epoch)).toBeUndefined();
  const again = await store.readStanding();
  expect(again.epoch).toBe(late.epoch);
  const session = await take(store, again.epoch);
  expect(session.epoch).toBe(late.epoch + 1);
});

test('a worker whose first attempt raised the epoch unheard is not fenced by it', async () => {
  let isFirst = true;
  const store = openStore('same', async (options) => {
    if (!isFirst) return await connect(options);
    isFirst = false;
    const { url } = postgres;
    const lost = await ShardSession.acquire(
      { url, shard, clusterId: 'test', holder: 'same' },
      systemClock(),
    );
    opened.push(lost);
    throw unavailable(url, new Error('Connection terminated unexpectedly'));
  });
  const { epoch } = await store.readStanding();
  const session = await take(store, epoch);
  expect(session.epoch).toBe(epoch + 2);
});

test('a producer that has committed nothing yet is in a checkpoint that is read back', async () => {
  // It has no row of its own; a worker without its volume's checkpoint once left it out, and ended
  // with its first batch.
  const store = openStore('one');
  const { epoch } = await take(store, 0);
  const producer = { producerId: 5n, name: 'new', incarnation: 9n, state: Buffer.from('state') };
  const checkpoint = { position: asPosition(0), shardState: Buffer.from('shard') };
  await store.saveCheckpoint(epoch, {
    ...checkpoint,
    producers: [{ ...producer, lastSequence: 0 }],
  });
  expect(await store.readCheckpoint()).toEqual({ ...checkpoint, states: [producer] });
});
