import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readLocalState } from '@feedmill/cli/local-state';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FeedmillCommand, feedmill } from './harness/feedmill-command.ts';
import { makeTestFolder, removeTestFolder } from './harness/test-folder.ts';
import { pause, until } from './harness/waiting.ts';

const QUIET_MS = 1_000;
const DATED = 'simulated:dated?rate=20&start=2024-01-02T00:00:00Z';

let dir: string;
let up: FeedmillCommand;
let url: string;
let key: string;

beforeAll(async () => {
  dir = makeTestFolder();
  const sources = ['simulated:market?rate=300', DATED, 'push:desk'];
  up = new FeedmillCommand(
    'up',
    `--dir=${dir}`,
    '--shards=2',
    ...sources.map((source) => `--source=${source}`),
  );
  await up.says('Console ');
  url = await until('its address is known', async () => (await readLocalState(dir))?.gateway?.url);
  const file = await readFile(path.join(dir, 'gateway-key.json'), 'utf8');
  key = (JSON.parse(file) as { key: string }).key;
});

afterAll(async () => {
  up.signal('SIGINT');
  await up.ended;
  await feedmill('down', '--dir', dir);
  await removeTestFolder(dir);
});

async function ask(method: string, target: string, body?: object, as = key): Promise<Response> {
  return await fetch(`${url}/v1/${target}`, {
    method,
    headers: {
      authorization: `Bearer ${as}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function itemsOf<Item>(target: string): Promise<Item[]> {
  const response = await ask('GET', target);
  expect(response.status).toBe(200);
  return ((await response.json()) as { items: Item[] }).items;
}

async function durable(): Promise<number> {
  const feeds = await itemsOf<{ feed: string; durable_through: string }>('feeds');
  const market = feeds.find(({ feed }) => feed === 'market');
  expect(market).toBeDefined();
  return Number(market?.durable_through);
}

test('the simulated markets are listed; who may only read changes none', async () => {
  expect(await itemsOf('simulations')).toEqual([
    { feed: 'market', running: true, rate: 300 },
    { feed: 'dated', running: true, rate: 20 },
  ]);
  const made = await feedmill('key', 'add', 'reader', '--scope=read', '--json', '--dir', dir);
  const { key: reader } = JSON.parse(made.stdout) as { key: string };
  expect((await ask('GET', 'simulations', undefined, reader)).status).toBe(200);
  const refused = await ask('DELETE', 'simulations/market', undefined, reader);
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining("'operate'") });
});

test('a market that is stopped sends nothing, and goes on behind its last event', async () => {
  expect((await ask('DELETE', 'simulations/market')).status).toBe(204);
  expect(await itemsOf('simulations')).toContainEqual({
    feed: 'market',
    running: false,
    rate: 300,
  });
  // What was under way when it stopped has been counted by then.
  await pause(2 * QUIET_MS);
  const stopped = await durable();
  await pause(QUIET_MS);
  expect(await durable()).toBe(stopped);
  const started = await ask('POST', 'simulations', { feed: 'market', rate: 600 });
  expect(started.status).toBe(200);
  expect(await started.json()).toEqual({ feed: 'market', running: true, rate: 600 });
  await until('it goes on', async () => (await durable()) > stopped);
});

test('the rate of a market can be changed, and a killed gateway still knows it', async () => {
  const paced = await ask('PATCH', 'simulations/market', { rate: 150 });
  expect(await paced.json()).toEqual({ feed: 'market', running: true, rate: 150 });
  const before = await durable();
  await until('it goes on', async () => (await durable()) > before);
  const pid = (await readLocalState(dir))?.gateway?.process?.pid;
  process.kill(pid ?? 0, 'SIGKILL');
  const after = await until('the gateway is back and told', async () => {
    const response = await ask('GET', 'simulations').catch(() => undefined);
    if (response?.status !== 200) return undefined;
    const { items } = (await response.json()) as { items: { feed: string }[] };
    return items.find(({ feed }) => feed === 'market');
  });
  expect(after).toEqual({ feed: 'market', running: true, rate: 150 });
});

test('what is no simulated market, or has times of its own, is refused in a sentence', async () => {
  const refusals = [
    [await ask('DELETE', 'simulations/desk'), 404, "no simulated market 'desk'"],
    [await ask('POST', 'simulations', { feed: 'none' }), 404, "no simulated market 'none'"],
    [await ask('PATCH', 'simulations/dated', { rate: 40 }), 409, 'only one that is live'],
    [await ask('PATCH', 'simulations/market', { rate: 0 }), 400, 'rate'],
    [await ask('PATCH', 'simulations/market', { rate: 1e9 }), 400, 'rate'],
    [await ask('PATCH', 'simulations/market', { speed: 2 }), 400, 'speed'],
  ] as const;
  for (const [response, status, words] of refusals) {
    const { detail } = (await response.json()) as { detail: string };
    expect({ status: response.status, detail }).toEqual({
      status,
      detail: expect.stringContaining(words),
    });
  }
});

test('after all of that every acknowledged event stands once and in order', async () => {
  const { code, stdout } = await feedmill('verify', '--dir', dir);
  expect(code, stdout).toBe(0);
  expect(stdout).toContain('stand once and in order');
});
