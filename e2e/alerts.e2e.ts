import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { webhookKey, webhookSignature } from '@feedmill/pod-worker/alert/webhook-message';
import { expect, onTestFinished, test } from 'vitest';
import { feedmill } from './harness/feedmill-command.ts';
import { postgresOfFile } from './harness/file-postgres.ts';
import { Lab } from './harness/lab.ts';
import { RegionPair } from './harness/region-pair.ts';
import { withDatabase } from './harness/table-digest.ts';
import { until } from './harness/waiting.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const RULES = `
signals:
  - { name: any, kind: large-trade, threshold: 1, cooldown: 2s, alert: true }
  - { name: spread, kind: volatility, window: 2s, steps: 4 }
`;

const postgres = postgresOfFile();

/** Refuses every third alert when it first comes, and notes the others. */
async function startReceiver() {
  const taken: string[] = [];
  const forged: string[] = [];
  const seen = new Set<string>();
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const header = (name: string): string => String(request.headers[name]);
      const id = header('webhook-id');
      const signed = webhookSignature(webhookKey(SECRET), id, header('webhook-timestamp'), body);
      if (signed !== header('webhook-signature')) forged.push(id);
      const isTaken = seen.has(id) || seen.size % 3 !== 2;
      seen.add(id);
      if (isTaken) taken.push(id);
      response.writeHead(isTaken ? 204 : 503).end();
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/alerts`, taken, forged };
}

async function loadRules(lab: Lab, urls: readonly string[]): Promise<void> {
  const file = path.join(lab.dir, 'rules.yaml');
  writeFileSync(file, RULES);
  for (const url of urls) {
    expect(await feedmill('load', 'signals', file, '--postgres', url)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('version 1 of the signals, 2 rows'),
    });
  }
}

const alertsOf = (url: string) =>
  withDatabase(url, async (client) => {
    const sql = 'select alert_id, state, instrument from feedmill.v_alert';
    return (await client.query<Record<string, string>>(sql)).rows;
  });

test('every alert is told of, whatever the webhook refuses and whoever is killed', async () => {
  const lab = await Lab.open('alerts', postgres());
  await loadRules(lab, [lab.url]);
  const receiver = await startReceiver();
  const flags = [
    `--alert-webhook-url=${receiver.url}`,
    `--alert-webhook-secret=${SECRET}`,
    '--sentiment-model=off',
  ];
  const source = {
    producer: 'market',
    source: 'simulated:market?events=16000&rate=2000&trades=1&quotes=0&seed=4',
  };
  const worker = lab.startWorker({ flags });
  const { grpcAddress: address } = await worker.ready();
  await worker.bind(1, [source.producer], address);
  const connector = lab.startConnector({ ...source, address });
  await until('some have come', () => receiver.taken.length > 10);
  await worker.kill();
  await connector.child.kill();
  const next = lab.startWorker({ flags });
  const { grpcAddress } = await next.ready();
  await next.bind(2, [source.producer], grpcAddress);
  await lab.startConnector({ ...source, address: grpcAddress }).done();
  await until('all are delivered', async () =>
    (await alertsOf(lab.url)).every(({ state }) => state === 'DELIVERED'),
  );
  const { code } = await next.stop();
  expect(code).toBe(0);
  const found = await alertsOf(lab.url);
  expect(found.length).toBeGreaterThan(50);
  expect(found.every(({ instrument }) => instrument?.includes('.'))).toBe(true);
  // Some were told of twice, by the worker that was killed and the next, under the same id.
  expect(new Set(receiver.taken)).toEqual(new Set(found.map(({ alert_id }) => alert_id)));
  expect(receiver.forged).toEqual([]);
  const counts = await withDatabase(lab.url, async (client) => {
    const sql = `select rule, count(*)::int4 as signals from feedmill.signal group by 1 order by 1`;
    return (await client.query<{ rule: string; signals: number }>(sql)).rows;
  });
  expect(counts.map(({ rule }) => rule)).toEqual(['any', 'spread']);
  expect(counts[0]?.signals).toBe(found.length);
});

test('of two regions the primary alone tells, and who takes over tells the rest', async () => {
  const lab = await Lab.open('alert_regions', postgres());
  const receivers = { east: await startReceiver(), west: await startReceiver() };
  const source = {
    producer: 'market',
    source: 'simulated:market?events=16000&rate=2000&trades=1&quotes=0&seed=4',
  };
  const pair = await RegionPair.start(lab, {
    producers: [source.producer],
    flags: [`--alert-webhook-secret=${SECRET}`, '--sentiment-model=off'],
    flagsOf: (side) => [`--alert-webhook-url=${receivers[side].url}`],
  });
  await loadRules(lab, [pair.east.url, pair.west.url]);
  await pair.inSync();
  const connector = pair.startConnector(source);
  await until('the primary has told of some', () => receivers.east.taken.length > 10);
  await until(
    'the follower has alerts, too',
    async () => (await alertsOf(pair.west.url)).length > 0,
  );
  expect(receivers.west.taken).toEqual([]);
  await pair.region('east').worker.kill();
  await connector.done();
  await until('all are delivered', async () =>
    (await alertsOf(pair.west.url)).every(({ state }) => state === 'DELIVERED'),
  );
  const found = await alertsOf(pair.west.url);
  const told = new Set([...receivers.east.taken, ...receivers.west.taken]);
  expect(receivers.west.taken.length).toBeGreaterThan(0);
  expect(told).toEqual(new Set(found.map(({ alert_id }) => alert_id)));
  expect([...receivers.east.forged, ...receivers.west.forged]).toEqual([]);
});
