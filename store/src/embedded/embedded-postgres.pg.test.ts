import { mkdir, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

let dir: string;
const started: EmbeddedPostgres[] = [];
const log = { info: () => undefined, warn: () => undefined };
const isRoot = process.getuid?.() === 0;

// Making a data directory is what takes the time: the tests share one, unless they ask for more.
beforeAll(async () => {
  dir = await makeTemporaryFolder('feedmill-embedded-');
});

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

afterAll(async () => {
  await rm(dir, { recursive: true });
});

async function start(folder = dir, sharedFolder?: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({
    dir: folder,
    clock: systemClock(),
    log,
    ...(sharedFolder === undefined ? {} : { sharedFolder }),
  });
  started.push(server);
  return server;
}

async function ask(server: EmbeddedPostgres, sql: string): Promise<unknown> {
  const client = new pg.Client(server.url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ answer: unknown }>(sql);
    return rows[0]?.answer;
  } finally {
    await client.end();
  }
}

test('a stopped server starts again with its data, its port and durable settings', async () => {
  const first = await start();
  expect(first.wasRunning).toBe(false);
  await ask(first, 'create table kept as select 42 as answer');
  await first.stop();
  expect(await first.isRunning()).toBe(false);
  const second = await start();
  expect(second.port).toBe(first.port);
  expect(await ask(second, 'select answer from kept')).toBe(42);
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    expect(await ask(second, `select current_setting('${name}') as answer`)).toBe('on');
  }
});

test('a server that is still running is adopted', async () => {
  const first = await start();
  const second = await start();
  expect(second).toMatchObject({ wasRunning: true, pid: first.pid, url: first.url });
});

test('a killed server comes back with what was committed', async () => {
  const first = await start();
  await ask(first, 'create table killed as select 42 as answer');
  process.kill(first.pid, 'SIGKILL');
  const second = await start();
  expect(second.wasRunning).toBe(false);
  expect(await ask(second, 'select answer from killed')).toBe(42);
});

test('the number of a dead server that belongs to another process now is no obstacle', async () => {
  const first = await start();
  await first.stop();
  const pidFile = path.join(dir, 'postgres', 'data', 'postmaster.pid');
  await writeFile(pidFile, `${process.pid}\n${dir}\n0\n${first.port}\n\n127.0.0.1\n\nready\n`);
  expect((await start()).wasRunning).toBe(false);
});

test('data whose making was interrupted is made anew', async () => {
  const folder = path.join(dir, 'interrupted');
  const data = path.join(folder, 'postgres', 'data');
  await mkdir(data, { recursive: true });
  await writeFile(path.join(data, 'PG_VERSION'), '18\n');
  expect(await ask(await start(folder), 'select 1 as answer')).toBe(1);
});

test('only the owner reads the password, and without it nobody comes in', async () => {
  const server = await start();
  const file = path.join(dir, 'postgres', 'password');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const password = (await readFile(file, 'utf8')).trim();
  const wrong = { ...server, url: server.url.replace(password, 'guess') };
  await expect(ask(wrong, 'select 1 as answer')).rejects.toMatchObject({ code: '28P01' });
});

test('the data of a server in a temporary folder are there, and go with it', async () => {
  const folder = path.join(dir, 'east');
  await start(folder);
  const data = await realpath(path.join(folder, 'postgres', 'data'));
  expect(data).toBe(path.join(await realpath(folder), 'postgres', 'data'));
});

test.runIf(isRoot)(
  'below a folder that Postgres may not enter, data and programs go to the shared folder',
  async () => {
    const closed = path.join(dir, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const shared = path.join(dir, 'shared');
    const folder = path.join(closed, 'project', '.feedmill');
    const server = await start(folder, shared);
    expect(await ask(server, 'select 1 as answer')).toBe(1);
    expect((await readdir(shared)).filter((name) => name.startsWith('data-'))).toHaveLength(1);
    expect((await stat(closed)).mode & 0o777).toBe(0o700);
    await server.stop();
    expect((await start(folder, shared)).wasRunning).toBe(false);
    expect((await readdir(shared)).filter((name) => name.startsWith('data-'))).toHaveLength(1);
  },
);
