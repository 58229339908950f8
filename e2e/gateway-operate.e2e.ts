import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseGatewayReady } from '@feedmill/cli/supervisor/child-message';
import { makeApiKey } from '@feedmill/gateway/access/api-key';
import type { Scope } from '@feedmill/gateway/access/scope';
import { insertApiKey } from '@feedmill/store/queries/api-keys';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Child } from './harness/child.ts';
import { FeedmillCommand, feedmill } from './harness/feedmill-command.ts';
import { postgresOfFile } from './harness/file-postgres.ts';
import { until } from './harness/waiting.ts';

const PROGRAM = fileURLToPath(new URL('../gateway/src/main.ts', import.meta.url));

const postgres = postgresOfFile();
let databaseUrl: string;
let gateway: Child;
let url: string | undefined;
/** Feedmill's folder. */
let dir: string;

beforeAll(async () => {
  databaseUrl = await postgres().addDatabase('operate');
  dir = path.join(postgres().dir, 'folder');
  gateway = new Child({
    name: 'gateway',
    program: PROGRAM,
    args: [
      `--postgres=${databaseUrl}`,
      '--listen=127.0.0.1:0',
      `--drills-dir=${path.join(dir, 'drills')}`,
    ],
    logFile: path.join(postgres().dir, 'gateway.log'),
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

async function keyWith(scopes: readonly Scope[]): Promise<string> {
  const wanted = {
    name: scopes.join('-'),
    scopes,
    expiresAt: undefined,
    requestsPerSecond: 100,
    burst: 100,
  };
  const { key, record } = await makeApiKey(wanted, randomBytes);
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await insertApiKey(client, record);
  } finally {
    await client.end();
  }
  return key;
}

const askDrills = async (key: string): Promise<Response> =>
  await fetch(`${url}/v1/drills`, { headers: { authorization: `Bearer ${key}` } });

test('what a drill found is told, and a file that holds no report is counted', async () => {
  const key = await keyWith(['read']);
  expect(await (await askDrills(key)).json()).toEqual({ items: [], unreadable: 0 });
  const drill = new FeedmillCommand(
    'drill',
    'switchover',
    '--feeds=1',
    '--rate=200',
    '--json',
    `--report-dir=${dir}`,
  );
  const { code, stdout, stderr } = await drill.ended;
  expect(code, stderr).toBe(0);
  const said = JSON.parse(stdout) as { streamRtoMs: { max: number }; acknowledged: number };
  await writeFile(path.join(dir, 'drills', '0-torn.json'), '{"id":');
  expect(await (await askDrills(key)).json()).toEqual({
    items: [
      {
        id: expect.stringMatching(/^[0-9]{17}-switchover-[0-9]+$/),
        drill: 'switchover',
        ts_started: expect.stringMatching(/^[0-9]{13}000000$/),
        passed: true,
        why: null,
        repetitions: 1,
        stream_rto_ms: said.streamRtoMs.max,
        store_rto_ms: expect.any(Number),
        acknowledged_events: said.acknowledged,
        lost_events: 0,
        doubled_events: 0,
        unequal: 0,
      },
    ],
    unreadable: 1,
  });
});

test('what a drill says itself is not hidden by a report that cannot be kept', async () => {
  const file = path.join(postgres().dir, 'a-file');
  await writeFile(file, '');
  const { code, stderr } = await feedmill(
    'drill',
    'switchover',
    `--dir=${path.join(file, 'drill')}`,
    `--report-dir=${file}`,
  );
  expect(code).toBe(1);
  expect(stderr).toContain(`No report is kept in ${file}: `);
  expect(stderr).toContain(`'${path.join(file, 'drill', 'logs')}'`);
});

test('a key without the scope to read learns nothing of drills', async () => {
  const refused = await askDrills(await keyWith(['live']));
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining("'read'") });
});
