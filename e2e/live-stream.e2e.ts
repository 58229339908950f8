import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readLocalState } from '@feedmill/cli/local-state';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { FeedmillCommand, feedmill } from './harness/feedmill-command.ts';
import { type LiveFrame, LiveReader } from './harness/live-reader.ts';
import { makeTestFolder, removeTestFolder } from './harness/test-folder.ts';
import { until } from './harness/waiting.ts';

const FEED = 'market';
const STATUS_UNAVAILABLE = 503;
const SOCKET_CHARS = 14_000_000;
let dir: string;
let up: FeedmillCommand;
let url: string;
let key: string;

beforeAll(async () => {
  dir = makeTestFolder();
  up = new FeedmillCommand('up', '--dir', dir, '--shards', '2');
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

type Json = Readonly<Record<string, unknown>>;

async function ask(
  target: string,
  init: RequestInit = {},
): Promise<{ status: number; body: Json }> {
  const headers = new Headers({ authorization: `Bearer ${key}` });
  if (init.body !== undefined) headers.set('content-type', 'application/json');
  return await until(`${target} is answered`, async () => {
    const response = await fetch(url + target, { ...init, headers });
    const text = await response.text();
    // Told to come again: the machine has much to do.
    if (response.status === STATUS_UNAVAILABLE) return undefined;
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Json) };
  });
}

const post = (target: string, body: object) =>
  ask(target, { method: 'POST', body: JSON.stringify(body) });
const patch = (target: string, body: object) =>
  ask(target, { method: 'PATCH', body: JSON.stringify(body) });

async function itemsOf(target: string): Promise<Json[]> {
  return (await ask(target)).body['items'] as Json[];
}

/** Kills the worker that has the feed. */
async function killWorker(): Promise<void> {
  const pid = await until('the process of the feed is known', async () => {
    const [feed] = await itemsOf('/v1/feeds');
    return Number(String(feed?.['pod']).split(':')[1]) || undefined;
  });
  process.kill(pid, 'SIGKILL');
}

/** Numbers of the trades and quotes that Postgres holds in a range, once it holds the last. */
async function storedSequences(first: number, last: number): Promise<number[]> {
  return await until('Postgres holds the last of them', async () => {
    const { stdout } = await feedmill(
      'sql',
      '--dir',
      dir,
      '--json',
      `select s from (
         select producer_sequence as s from feedmill.trade
         union all select producer_sequence from feedmill.quote
       ) e where s between ${first} and ${last} order by s`,
    );
    const all = (JSON.parse(stdout) as { rows: { s: string }[] }).rows.map(({ s }) => Number(s));
    return all.at(-1) === last && all;
  });
}

/**
 * Expects that all of a range that Postgres holds was seen, in order and each once. What the
 * processors find to be a repetition was acknowledged, and is told, but is no row.
 */
async function expectAll(seen: readonly number[]): Promise<void> {
  const stored = await storedSequences(seen[0] ?? 0, seen.at(-1) ?? 0);
  const told = new Set(seen);
  expect(stored.filter((sequence) => !told.has(sequence))).toEqual([]);
  expect(seen.every((sequence, index) => index === 0 || sequence > (seen[index - 1] ?? 0))).toBe(
    true,
  );
  expect(seen.length - stored.length).toBeLessThan(seen.length / 100);
}

test('workers are killed and a client comes back: nothing is missed or repeated', async () => {
  const query = { topics: 'trades,quotes', slow: 'complete' };
  const seen: number[] = [];
  let reader = await LiveReader.open(url, key, query);
  for (const isKill of [false, true, false, true]) {
    const before = reader.frames.length;
    await until('more comes', () => reader.frames.length > before + 500);
    if (isKill) {
      await killWorker();
      const heard = reader.frames.length;
      await until('it goes on', () => reader.frames.length > heard + 500);
    }
    reader.close();
    seen.push(...reader.sequences(FEED));
    reader = await LiveReader.open(url, key, { ...query, cursor: reader.cursor });
    expect(reader.frames[0]?.data['resumed']).toBe(true);
  }
  await until('more comes', () => reader.frames.length > 500);
  reader.close();
  seen.push(...reader.sequences(FEED));
  await expectAll(seen);
});

test('a new gateway serves the cursors of the one before from the journal', async () => {
  const query = { topics: 'trades,quotes', slow: 'complete' };
  const reader = await LiveReader.open(url, key, query);
  await until('some have come', () => reader.frames.length > 500);
  reader.close();
  process.kill(Number((await gatewayLine('pid'))['pid']), 'SIGKILL');
  await until(
    'the gateway is back',
    async () => (await fetch(`${url}/livez`).catch(() => undefined))?.ok,
  );
  const again = await until('it serves the cursor', () =>
    LiveReader.open(url, key, { ...query, cursor: reader.cursor }).catch(() => undefined),
  );
  await until('more comes', () => again.frames.length > 1_000);
  again.close();
  const seen = [...reader.sequences(FEED), ...again.sequences(FEED)];
  await expectAll(seen);
});

/** The last line of the gateway's log that has a field. */
async function gatewayLine(field: string): Promise<Json> {
  const log = await readFile(path.join(dir, 'logs', 'gateway.log'), 'utf8');
  const line = log
    .trim()
    .split('\n')
    .findLast((each) => each.includes(`"${field}":`));
  return JSON.parse(line ?? '{}') as Json;
}

test('the stream says what the queries say, and what has a state is told as it is', async () => {
  const reader = await LiveReader.open(url, key, {
    topics: 'trades:AAPL.XNAS,cbbo:AAPL.XNAS,bars,feeds,shards',
  });
  const trade = await reader.message('trade');
  const bar = await reader.message('bar');
  const { data: cbbo } = await reader.message('cbbo');
  expect(cbbo['asset_pair']).toBe('AAPL/USD-EQUITY');
  expect(['XNAS', 'ARCX', 'BATS', 'IEXG']).toContain(cbbo['bid_venue'] ?? cbbo['ask_venue']);
  expect((await reader.message('feed')).data['feed']).toBe(FEED);
  expect(reader.frames.filter(({ event }) => event === 'shard').length).toBeGreaterThan(1);
  reader.close();
  const at = String(trade.data['ts_event']);
  const trades = await until('the trade is in Postgres', async () => {
    const items = await itemsOf(`/v1/trades?instrument=AAPL.XNAS&from=${at}&limit=50`);
    return items.length > 0 && items;
  });
  // Flags that the processors add are not known before.
  const same = trades.find((each) => each['producer_sequence'] === trade.data['producer_sequence']);
  expect({ ...same, flags: 0 }).toEqual({ ...trade.data, flags: 0 });
  const query = new URLSearchParams({
    instrument: String(bar.data['instrument']),
    step: `${Number(bar.data['step_ms']) / 1000}s`,
    from: String(bar.data['ts_event']),
    limit: '1',
  });
  const bars = await itemsOf(`/v1/bars?${query.toString()}`);
  expect(Object.keys(bars[0] ?? {})).toEqual(Object.keys(bar.data));
});

test('a WebSocket brings the same, takes other topics, and a key among its protocols', async () => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/live?topics=trades:AAPL.XNAS`, [
    'feedmill.v1',
    `feedmill.key.${key}`,
  ]);
  const frames: { event: string; id?: string; data: Json }[] = [];
  socket.on('message', (bytes) => frames.push(JSON.parse((bytes as Buffer).toString())));
  await until('trades come', () => frames.filter(({ event }) => event === 'trade').length > 3);
  expect(frames[0]?.event).toBe('open');
  socket.send(JSON.stringify({ topics: ['quotes:MSFT.XNAS'] }));
  await until('quotes come', () => frames.some(({ event }) => event === 'quote'));
  const changed = frames.findIndex(({ event }) => event === 'topics');
  const later = frames.slice(changed).filter(({ event }) => event !== 'topics');
  expect(later.every(({ data }) => data['instrument'] === 'MSFT.XNAS')).toBe(true);
  socket.send('nonsense');
  await until('it is closed', () => socket.readyState === WebSocket.CLOSED);
});

test('a client that takes nothing for a while is told how much it was not told', async () => {
  const controller = new AbortController();
  const response = await fetch(`${url}/v1/live?topics=trades,quotes`, {
    headers: { authorization: `Bearer ${key}` },
    signal: controller.signal,
  });
  const body = response.body?.getReader();
  // More than the sockets in between hold, and then what a client may be behind.
  const other = await LiveReader.open(url, key, { topics: 'trades,quotes' });
  await until('enough has come', () => other.textChars > SOCKET_CHARS, { withinMs: 120_000 });
  other.close();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes('event: conflated')) {
    const { value } = (await body?.read()) ?? {};
    text += decoder.decode(value, { stream: true });
  }
  expect(text).toMatch(/event: conflated\ndata: \{"left_out":[1-9]/);
  controller.abort();
});

test('a replay tells history in order, takes orders, and ends with what it has told', async () => {
  const stored = await itemsOf('/v1/trades?instrument=AAPL.XNAS&limit=300');
  const from = String(stored[0]?.['ts_event']);
  const to = String(stored.at(-1)?.['ts_event']);
  const { status, body } = await post('/v1/replays', {
    instruments: ['AAPL.XNAS', 'MSFT.XNAS'],
    topics: ['trades', 'quotes', 'bars'],
    step: '1s',
    from,
    to,
    speed: null,
  });
  expect(status).toBe(201);
  const id = String(body['id']);
  const reader = await LiveReader.open(url, key, { topics: 'trades,quotes,bars', replay: id });
  const manifest = (await reader.message('manifest')).data;
  const told = reader.frames.filter(({ event }) => ['trade', 'quote', 'bar'].includes(event));
  expect(manifest['events']).toBe(told.length);
  const trades = told.filter(
    ({ event, data }) => event === 'trade' && data['instrument'] === 'AAPL.XNAS',
  );
  expect(trades.map(({ data }) => data)).toEqual(stored.slice(0, -1));
  expect(hashOf(trades)).toBe(
    (manifest['streams'] as Json[]).find(
      (each) => each['topic'] === 'trades' && each['instrument'] === 'AAPL.XNAS',
    )?.['sha256'],
  );
  const times = told.map(({ event, data }) =>
    BigInt(String(data[event === 'bar' ? 'ts_close' : 'ts_event'])),
  );
  expect(times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0n))).toBe(true);
  const shown = await itemsOf('/v1/replays');
  expect(shown.find((each) => each['id'] === id)?.['state']).toBe('done');
});

const hashOf = (frames: readonly LiveFrame[]): string =>
  createHash('sha256')
    .update(frames.map(({ text }) => `${text}\n`).join(''))
    .digest('hex');

test('a replay at a speed can be paused, sought and stopped', async () => {
  const stored = await itemsOf('/v1/trades?instrument=AAPL.XNAS&limit=2');
  const from = BigInt(String(stored[0]?.['ts_event']));
  const started = await post('/v1/replays', {
    instruments: ['AAPL.XNAS'],
    topics: ['trades'],
    from: String(from),
    to: String(from + 3_600_000_000_000n),
    speed: 1,
  });
  const target = `/v1/replays/${String(started.body['id'])}`;
  await until('it has told something', async () => Number((await ask(target)).body['events']) > 0);
  expect((await patch(target, { paused: true })).body['state']).toBe('paused');
  const paused = (await ask(target)).body['ts_position'];
  await sleep(300);
  expect((await ask(target)).body['ts_position']).toBe(paused);
  const seek = String(from + 5_000_000_000n);
  expect((await patch(target, { seek, speed: 100 })).body).toMatchObject({
    ts_position: seek,
    speed: 100,
  });
  expect((await patch(target, { seek: '2001-01-01' })).status).toBe(422);
  expect((await patch(target, { speed: 0.01 })).status).toBe(400);
  expect((await patch(target, { paused: false })).body['state']).toBe('running');
  expect((await ask(target, { method: 'DELETE' })).status).toBe(204);
  await until('it has stopped', async () => (await ask(target)).body['state'] === 'stopped');
  expect((await patch(target, { paused: true })).status).toBe(409);
});

test.each([
  ['no topics', '', 400],
  ['an unknown topic', 'topics=orders', 422],
  ['a cursor from elsewhere', 'topics=trades&cursor=v1.0-zzzzzz-0', 422],
  ['a text that is no cursor', "topics=trades&cursor=1'--", 400],
  ['a replay that is none', 'topics=trades&replay=none', 404],
])('%s is refused before a stream begins', async (_, query, status) => {
  const answer = await ask(`/v1/live?${query}`);
  expect(answer.status).toBe(status);
  expect(answer.body['detail']).not.toBe('');
});
