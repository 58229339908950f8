import { cpSync } from 'node:fs';
import { portOf } from '@feedmill/cli/supervisor/loopback-port';
import { expect, test } from 'vitest';
import { digestCalmRun } from './harness/calm-run.ts';
import type { Connector } from './harness/connector.ts';
import { postgresOfFile } from './harness/file-postgres.ts';
import type { IngestProxy } from './harness/ingest-proxy.ts';
import { Lab } from './harness/lab.ts';
import type { PostgresProxy } from './harness/postgres-proxy.ts';
import { digestTables, type TableDigest, withDatabase } from './harness/table-digest.ts';
import { until, within } from './harness/waiting.ts';
import type { Worker } from './harness/worker.ts';

const EXIT_FENCED = 3;
const SOURCE = {
  producer: 'market',
  source: 'simulated:market?events=12000&rate=4000&seed=4&start=2025-01-06T14:30:00Z',
};

const postgres = postgresOfFile();
let calm: TableDigest;

test('a calm run, to compare with', async () => {
  calm = await digestCalmRun(await Lab.open('calm', postgres()), [SOURCE]);
  expect(calm.faults).toEqual([]);
});

/** A worker under load, and the ways to and from it. */
interface Scene {
  readonly lab: Lab;
  readonly old: Worker;
  readonly connector: Connector;
  readonly ingestProxy: IngestProxy;
  readonly postgresProxy: PostgresProxy;
}

async function setScene(name: string): Promise<Scene> {
  const lab = await Lab.open(name, postgres());
  const postgresProxy = await lab.startPostgresProxy();
  const ingestProxy = await lab.startIngestProxy();
  const old = lab.startWorker({
    dir: lab.volume('old'),
    postgresUrl: postgresProxy.urlOf(lab.url),
  });
  const { grpcAddress } = await old.ready();
  ingestProxy.tcp.targetPort = portOf(grpcAddress);
  await old.bind(1, [SOURCE.producer], ingestProxy.tcp.address);
  const connector = lab.startConnector({ ...SOURCE, address: ingestProxy.tcp.address });
  await until('the first events are committed', () => (connector.report?.committed ?? 0) > 1000);
  return { lab, old, connector, ingestProxy, postgresProxy };
}

/** Starts another worker for the same shard, which finds what the old one's volume held. */
async function takeOver({ lab, ingestProxy }: Scene): Promise<Worker> {
  ingestProxy.tcp.targetPort = undefined;
  ingestProxy.tcp.cut();
  cpSync(lab.volume('old'), lab.volume('new'), { recursive: true });
  const taker = lab.startWorker({ dir: lab.volume('new') });
  const { grpcAddress } = await taker.ready();
  ingestProxy.tcp.targetPort = portOf(grpcAddress);
  return taker;
}

interface LedgerRow {
  readonly epoch: string;
  readonly first_sequence: string;
  readonly last_sequence: string;
}

const readLedger = (url: string): Promise<LedgerRow[]> =>
  withDatabase(url, async (client) => {
    const { rows } = await client.query<LedgerRow>(
      'select epoch, first_sequence, last_sequence from feedmill.producer_epoch order by epoch',
    );
    return rows;
  });

async function expectFenced(old: Worker): Promise<void> {
  const end = await within('the stopped worker ends after it came back', old.child.ended);
  expect(end).toEqual({ code: EXIT_FENCED, signal: null });
  expect(old.child.logLines().at(-1)).toMatchObject({
    code: 'FENCED',
    msg: expect.stringContaining('with epoch 2'),
  });
}

async function expectWhole({ lab, connector }: Scene, taker: Worker): Promise<void> {
  await connector.done();
  await taker.stop();
  const found = await digestTables(lab.url);
  expect(found.faults).toEqual([]);
  expect(found.tables).toEqual(calm.tables);
}

test('a worker that was stopped amid a COPY commits nothing when it comes back', async () => {
  const scene = await setScene('in_copy');
  const { lab, old, postgresProxy } = scene;
  const caught = await within('a COPY', postgresProxy.catchAt('in-copy'));
  old.child.signal('SIGSTOP');

  const taker = await takeOver(scene);
  await until('the new worker commits', async () => (await readLedger(lab.url)).length === 2);
  const [before] = await readLedger(lab.url);
  caught.up.release();
  caught.down.release();
  old.child.signal('SIGCONT');

  await expectFenced(old);
  await expectWhole(scene, taker);
  const [first, second, ...others] = await readLedger(lab.url);
  expect(first).toEqual(before);
  expect(Number(second?.first_sequence)).toBe(Number(first?.last_sequence) + 1);
  expect(others).toEqual([]);
});

test('a commit of the old epoch that arrives late on the network is without effect', async () => {
  const scene = await setScene('late_commit');
  const { lab, old, connector, postgresProxy } = scene;
  // From here on the worker acknowledges and its commits go nowhere.
  for (const connection of postgresProxy.tcp.connections) connection.up.hold();
  const durable = connector.report?.durable ?? 0;
  await until('events are durable only', () => (connector.report?.durable ?? 0) > durable + 2000);
  old.child.signal('SIGSTOP');

  const taker = await takeOver(scene);
  await until('the new worker commits', async () => (await readLedger(lab.url)).length === 2);
  const [before] = await readLedger(lab.url);
  for (const connection of postgresProxy.tcp.connections) connection.up.release();
  old.child.signal('SIGCONT');

  await expectFenced(old);
  await expectWhole(scene, taker);
  expect((await readLedger(lab.url))[0]).toEqual(before);
});

test('what only the stopped worker takes after it came back is not acknowledged', async () => {
  const scene = await setScene('late_ack');
  const { lab, old } = scene;
  await stopAmidSending(scene);
  cpSync(lab.volume('old'), lab.volume('new'), { recursive: true });
  const taker = await letTakeOver(scene, 'new');
  old.child.signal('SIGCONT');

  await expectFenced(old);
  await expectWhole(scene, taker);
});

test('a worker that was stopped leaves the journal alone that another one took over', async () => {
  const scene = await setScene('same_volume');
  const { lab, old, connector } = scene;
  await stopAmidSending(scene);
  const taker = await letTakeOver(scene, 'old');
  old.child.signal('SIGCONT');

  await expectFenced(old);
  await connector.done();
  // What it has on its volume is whole: another start reads it.
  await taker.kill();
  const next = lab.startWorker({ dir: lab.volume('old') });
  await next.ready();
  await expectWhole(scene, next);
});

/** Stops the worker and has its producer, which knows nothing of it, send on. */
async function stopAmidSending({ old, connector }: Scene): Promise<void> {
  old.child.signal('SIGSTOP');
  const durable = connector.report?.durable ?? 0;
  await until('the producer sends on', () => (connector.report?.sent ?? 0) > durable + 1000);
}

/** Starts the new worker; the producer's connection to the old one stays. */
async function letTakeOver({ lab, ingestProxy }: Scene, volume: string): Promise<Worker> {
  const taker = lab.startWorker({ dir: lab.volume(volume) });
  const { grpcAddress } = await taker.ready();
  ingestProxy.tcp.targetPort = portOf(grpcAddress);
  return taker;
}
