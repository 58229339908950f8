import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseGatewayReady } from '@feedmill/cli/supervisor/child-message';
import { makeApiKey } from '@feedmill/gateway/access/api-key';
import type { Scope } from '@feedmill/gateway/access/scope';
import { insertApiKey, revokeApiKey } from '@feedmill/store/queries/api-keys';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Child } from './harness/child.ts';
import { postgresOfFile } from './harness/file-postgres.ts';
import { until } from './harness/waiting.ts';

const PROGRAM = fileURLToPath(new URL('../gateway/src/main.ts', import.meta.url));
const ORIGIN = 'https://desk.example';

const postgres = postgresOfFile();
let databaseUrl: string;
let gateway: Child;
let url: string;
let auditFile: string;
/** May read. */
let key: string;

beforeAll(async () => {
  databaseUrl = await postgres().addDatabase('gateway');
  const { dir } = postgres();
  auditFile = path.join(dir, 'audit.log');
  key = (await addKey('reader', ['read'])).key;
  gateway = new Child({
    name: 'gateway',
    program: PROGRAM,
    args: [
      `--postgres=${databaseUrl}`,
      '--listen=127.0.0.1:0',
      `--audit-file=${auditFile}`,
      `--cors-origins=${ORIGIN}`,
    ],
    logFile: path.join(dir, 'gateway.log'),
  });
  gateway.onMessage((message) => {
    url ??= `http://${parseGatewayReady(message)?.address ?? ''}`;
  });
  await until('the gateway answers', () => url !== undefined, {
    withinMs: 60_000,
    seen: () => gateway.logText().slice(-2_000),
  });
});

afterAll(async () => {
  gateway.signal('SIGTERM');
  await gateway.ended;
});

async function withDatabase<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function addKey(name: string, scopes: readonly Scope[], requestsPerSecond = 1_000) {
  const wanted = {
    name,
    scopes,
    expiresAt: undefined,
    requestsPerSecond,
    burst: requestsPerSecond,
  };
  const { key: text, record } = await makeApiKey(wanted, randomBytes);
  await withDatabase((client) => insertApiKey(client, record));
  return { key: text, id: record.keyId };
}

const ask = async (target: string, token: string, headers: Record<string, string> = {}) =>
  await fetch(url + target, { headers: { authorization: `Bearer ${token}`, ...headers } });

test('a key reaches as far as its scopes, and no longer than it is in force', async () => {
  expect((await ask('/v1/instruments', key)).status).toBe(200);
  const live = await addKey('streamer', ['live']);
  const refused = await ask('/v1/instruments', live.key);
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining("'read'") });
  expect((await ask('/v1/access', live.key)).status).toBe(200);
  await withDatabase((client) => revokeApiKey(client, live.id));
  await until('the revoked key is refused', async () => {
    return (await ask('/v1/access', live.key)).status === 401;
  });
});

test('a key that asks too often is told when to come again, and others go on', async () => {
  const slow = await addKey('slow', ['read'], 2);
  // The gateway looks for keys it does not know only now and then.
  await until('the key is known', async () => (await ask('/v1/access', slow.key)).status === 200);
  const statuses = new Set<number>();
  for (let request = 0; request < 10; request += 1) {
    const response = await ask('/v1/access', slow.key);
    statuses.add(response.status);
    if (response.status === 429) expect(Number(response.headers.get('retry-after'))).toBe(1);
  }
  expect(statuses).toEqual(new Set([200, 429]));
  expect((await ask('/v1/access', key)).status).toBe(200);
});

test('guessing keys is slowed down, and a known key of the same address is not', async () => {
  const guess = `${key.slice(0, -4)}aaaa`;
  const statuses: number[] = [];
  // Checking one takes a while on purpose; more at once than are checked are told to come again.
  for (let round = 0; round < 50 && !statuses.includes(429); round += 1) {
    const guesses = Array.from({ length: 8 }, async () => await ask('/v1/access', guess));
    statuses.push(...(await Promise.all(guesses)).map(({ status }) => status));
  }
  expect(statuses).toContain(401);
  expect(statuses).toContain(429);
  expect(statuses).not.toContain(200);
  expect((await ask('/v1/access', key)).status).toBe(200);
});

test('pages of the origins that are named may call, others not', async () => {
  const preflight = { 'access-control-request-method': 'GET' };
  const options = async (origin: string) =>
    await fetch(`${url}/v1/feeds`, { method: 'OPTIONS', headers: { origin, ...preflight } });
  const allowed = await options(ORIGIN);
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  const other = await options('https://evil.example');
  expect(other.headers.get('access-control-allow-origin')).toBeNull();
  const answer = await ask('/v1/feeds', key, { origin: ORIGIN });
  expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
});

test('SQL in a parameter is a text that fits nothing', async () => {
  const evil = "x'; drop table feedmill.trade; --";
  const search = await ask(`/v1/instruments?search=${encodeURIComponent(evil)}`, key);
  expect(await search.json()).toEqual({ items: [] });
  for (const name of ['instrument', 'from', 'cursor', 'limit', 'order', 'consistency']) {
    const query = new URLSearchParams({ instrument: 'A.B', [name]: evil });
    expect((await ask(`/v1/trades?${query.toString()}`, key)).status).toBe(400);
  }
  const { rows } = await withDatabase(
    async (client) => await client.query(`select to_regclass('feedmill.trade') is not null as is`),
  );
  expect(rows).toEqual([{ is: true }]);
});

test('questions run with no right but to read', async () => {
  const { rows } = await withDatabase(
    async (client) =>
      await client.query<{ may: boolean }>(
        `select has_table_privilege('feedmill_reader', 'feedmill.api_key', 'select')
          or has_table_privilege('feedmill_reader', 'feedmill.trade', 'insert, update, delete')
          as may`,
      ),
  );
  expect(rows).toEqual([{ may: false }]);
});

test('a thousand sockets that say nothing hold up nobody', async () => {
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: 1_000 }, () => {
    const socket = net.connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write('GET /v1/feeds HTT');
    return socket;
  });
  expect((await ask('/v1/instruments', key)).status).toBe(200);
  for (const socket of sockets) socket.destroy();
  expect((await ask('/v1/instruments', key)).status).toBe(200);
});

test('what is no HTTP gets a sentence as well', async () => {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  let said = '';
  socket.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  socket.write('HELLO GATEWAY\r\n\r\n');
  await until('it answers', () => said.includes('}'));
  expect(said).toMatch(/^HTTP\/1\.1 400 /);
  expect(said).toContain('application/problem+json');
});

test('without Postgres it says so at once, and answers again when it is back', async () => {
  await postgres().stop();
  const refused = await until('questions are refused', async () => {
    const response = await ask('/v1/instruments', key);
    return response.status === 503 && response;
  });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ type: expect.stringMatching(/store-unavailable$/) });
  await until('the circuit breaker is open', async () => {
    await ask('/v1/instruments', key);
    return (await fetch(`${url}/readyz`)).status === 503;
  });
  // A key that is known, and what is not in Postgres, need none.
  expect((await ask('/v1/access', key)).status).toBe(200);
  await until('there is an alert', async () => {
    const { items } = (await (await ask('/v1/alerts', key)).json()) as { items: { id: string }[] };
    return items.some(({ id }) => id === 'store-unavailable');
  });
  await postgres().restart();
  const again = await until('it answers again', async () => {
    return (await ask('/v1/instruments', key)).status === 200;
  });
  expect(again).toBe(true);
});

test('every request leaves a line that says who, and no key', async () => {
  await ask('/v1/feeds?colour=red', key);
  const text = await until('the line is written', () => {
    const lines = readFileSync(auditFile, 'utf8');
    return lines.includes('colour=red') && lines;
  });
  const line = text.split('\n').find((each) => each.includes('colour=red')) ?? '';
  expect(JSON.parse(line)).toMatchObject({
    audit: { method: 'GET', name: 'reader', kind: 'key', status: 400 },
  });
  expect(text).not.toContain(key.slice(-20));
});
