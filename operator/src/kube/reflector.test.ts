import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OperatorLimits } from '../limits.ts';
import { ApiServer, type SeenRequest, sendStatus } from '../testing/api-server.ts';
import { clientOf, QUICK, WIDGET_COLLECTION, WIDGETS } from '../testing/test-client.ts';
import { until } from '../testing/waiting.ts';
import type { KubeObject } from './kube-object.ts';
import { Reflector } from './reflector.ts';

let server: ApiServer;
let stop: AbortController;
let ends: Promise<void>[];
let warnings: string[];

beforeEach(async () => {
  server = await ApiServer.start();
  stop = new AbortController();
  ends = [];
  warnings = [];
});

afterEach(async () => {
  stop.abort();
  await Promise.all(ends);
  await server.close();
});

function reflect(limits: Partial<OperatorLimits> = {}): Reflector<KubeObject> {
  const reflector = new Reflector<KubeObject>({
    client: clientOf(server.url),
    resource: WIDGETS,
    selection: { namespace: 'ns' },
    clock: systemClock(),
    random: () => 0.5,
    limits: { ...QUICK, ...limits },
    onChange: () => undefined,
    log: { warn: (fields) => warnings.push(JSON.stringify(fields)) },
  });
  ends.push(reflector.run(stop.signal));
  return reflector;
}

const names = (reflector: Reflector<KubeObject>): string[] =>
  [...reflector.values()].map(({ metadata }) => metadata.name).sort();

const make = (name: string): KubeObject =>
  server.table.create(WIDGET_COLLECTION, { metadata: { namespace: 'ns', name } });

const remove = (name: string): KubeObject => server.table.delete(WIDGET_COLLECTION, 'ns', name);

const lists = (): SeenRequest[] =>
  server.requests.filter(({ method, isWatch }) => method === 'GET' && !isWatch);

const watches = (): SeenRequest[] => server.requests.filter(({ isWatch }) => isWatch);

const expectNames = (reflector: Reflector<KubeObject>, ...wanted: string[]): Promise<void> =>
  until(`${wanted.join(', ')} to be known`, () => names(reflector).join() === wanted.join());

test('everything is listed page by page, and every change after that is told', async () => {
  for (let at = 0; at < 8; at += 1) make(`w${at}`);
  const reflector = reflect();
  await reflector.synced;
  expect(names(reflector)).toHaveLength(8);
  expect(lists()).toHaveLength(3);
  make('w8');
  remove('w0');
  await expectNames(reflector, 'w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7', 'w8');
  expect(lists()).toHaveLength(3);
});

test('a watch that is too old, said by the status, is followed by a new list', async () => {
  make('a');
  const reflector = reflect();
  await until('the watch', () => server.watchers === 1);
  server.table.compactedVersion = server.table.version + 5;
  server.endWatches('end');
  await until('another list', () => lists().length >= 2);
  server.table.compactedVersion = 0;
  make('b');
  await expectNames(reflector, 'a', 'b');
});

test('a watch that is too old, said by an event, is followed by a new list', async () => {
  make('a');
  const reflector = reflect();
  await until('the watch', () => server.watchers === 1);
  const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };
  server.say(`${JSON.stringify({ type: 'ERROR', object })}\n`);
  await until('another list', () => lists().length === 2);
  make('b');
  await expectNames(reflector, 'a', 'b');
  expect(warnings).toEqual([]);
});

test('pages that expire in the midst are followed by one list without pages', async () => {
  for (let at = 0; at < 5; at += 1) make(`w${at}`);
  server.scripts.push(({ query }, response) => {
    if (!query.has('continue')) return false;
    sendStatus(response, 410, { reason: 'Expired', message: 'the continue token is too old' });
    return true;
  });
  const reflector = reflect();
  await reflector.synced;
  expect(names(reflector)).toHaveLength(5);
  expect(lists().at(-1)?.query.has('limit')).toBe(false);
});

test('a connection that is cut in the middle of a line loses nothing', async () => {
  make('a');
  const reflector = reflect();
  await until('the watch', () => server.watchers === 1);
  const line = JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'half' } } });
  server.say(line.slice(0, 40));
  await delay(20);
  server.endWatches('cut');
  make('b');
  await expectNames(reflector, 'a', 'b');
  expect(lists()).toHaveLength(1);
});

test('a connection that is half open is given up after the silence bound', async () => {
  make('a');
  const reflector = reflect();
  await until('the watch', () => server.watchers === 1);
  // The server goes on with this watch, but nothing arrives any more.
  const { table } = server;
  const tell = table.onEvent;
  table.onEvent = () => undefined;
  make('b');
  table.onEvent = tell;
  await expectNames(reflector, 'a', 'b');
  expect(watches().length).toBeGreaterThanOrEqual(2);
  expect(lists()).toHaveLength(1);
});

test('a watch with bookmarks alone stays, and goes on from the newest one', async () => {
  const reflector = reflect({ watchSilenceMs: 250 });
  await until('the watch', () => server.watchers === 1);
  for (let beat = 0; beat < 8; beat += 1) {
    await delay(80);
    server.bookmark();
  }
  expect(watches()).toHaveLength(1);
  expect(reflector.silentMs).toBeLessThan(250);
  const version = server.table.version;
  server.endWatches('end');
  await until('another watch', () => watches().length === 2);
  expect(watches()[1]?.query.get('resourceVersion')).toBe(String(version));
});

test('a server that asks for patience with 429 is left alone for as long as it says', async () => {
  let refused = 0;
  server.scripts.push((_, response) => {
    if (refused > 0) return false;
    refused += 1;
    const status = { reason: 'TooManyRequests', message: 'later' };
    sendStatus(response, 429, status, { 'retry-after': '1' });
    return true;
  });
  const startedMs = performance.now();
  const reflector = reflect();
  await reflector.synced;
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(990);
  expect(server.requests.filter(({ isWatch }) => !isWatch)).toHaveLength(2);
});

test('a deletion that comes late, or before its last change, does not confuse', async () => {
  const old = make('a');
  const reflector = reflect();
  await until('the watch', () => server.watchers === 1);
  const say = (type: string, object: KubeObject): void =>
    server.say(`${JSON.stringify({ type, object })}\n`);
  remove('a');
  say('MODIFIED', old);
  await expectNames(reflector);
  const renewed = make('a');
  say('DELETED', old);
  say('MODIFIED', { ...renewed, metadata: { ...renewed.metadata, resourceVersion: '1' } });
  make('b');
  await expectNames(reflector, 'a', 'b');
  expect(reflector.get('ns/a')?.metadata).toEqual(renewed.metadata);
});

test('what a watch has missed shows in the next list', async () => {
  const reflector = reflect({ relistMs: 600 });
  await until('the watch', () => server.watchers === 1);
  const { table } = server;
  table.onEvent = () => undefined;
  make('missed');
  table.history.length = 0;
  await expectNames(reflector, 'missed');
});

test('what was deleted while nobody watched is gone after the list', async () => {
  make('a');
  make('b');
  const reflector = reflect();
  await until('the watch', () => server.watchers === 1);
  server.table.compactedVersion = Infinity;
  server.endWatches('cut');
  await until('the loss', () => reflector.state !== 'watching');
  remove('a');
  server.table.compactedVersion = 0;
  await expectNames(reflector, 'b');
});

test('a server that ends every watch at once is not asked in a tight ring', async () => {
  server.scripts.push(({ isWatch }, response) => {
    if (isWatch) response.writeHead(200).end();
    return isWatch;
  });
  reflect({ reflectorRetryBaseMs: 40, reflectorRetryCapMs: 40 });
  await delay(300);
  // Each wait is 20 ms with the random of this test.
  expect(watches().length).toBeLessThanOrEqual(16);
  expect(watches().length).toBeGreaterThan(1);
});

test('a line that is longer than any object ends the watch, not the memory', async () => {
  const reflector = reflect({ watchLineBytesMax: 1_000 });
  await until('the watch', () => server.watchers === 1);
  server.say('x'.repeat(2_000));
  await until('another watch', () => watches().length === 2);
  make('a');
  await expectNames(reflector, 'a');
});

test('a server that is away is tried until it is back', async () => {
  make('a');
  let isAway = true;
  server.scripts.push((_, response) => {
    if (isAway) response.destroy();
    return isAway;
  });
  const reflector = reflect();
  await until('several tries', () => server.requests.length > 3);
  expect(reflector.isSynced).toBe(false);
  isAway = false;
  await expectNames(reflector, 'a');
});
