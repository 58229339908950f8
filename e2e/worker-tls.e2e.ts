// Workers by TLS: real processes on loopback, whose files are replaced while they run.

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parseGatewayReady } from '@feedmill/cli/supervisor/child-message';
import { expect, onTestFinished, test } from 'vitest';
import { Child } from './harness/child.ts';
import { postgresOfFile } from './harness/file-postgres.ts';
import { Lab } from './harness/lab.ts';
import { RawProducer } from './harness/raw-producer.ts';
import { batchOf, definition, trades } from './harness/sample-batch.ts';
import { type SelfSigned, selfSigned } from './harness/self-signed.ts';
import { until } from './harness/waiting.ts';
import type { Worker } from './harness/worker.ts';

const GATEWAY = fileURLToPath(new URL('../gateway/src/main.ts', import.meta.url));
const PRODUCER = 'market';
const postgres = postgresOfFile();

interface Stage {
  readonly lab: Lab;
  readonly worker: Worker;
  /** Files of the worker, and what its clients trust. */
  readonly files: { readonly certificate: string; readonly key: string; readonly ca: string };
}

/** A worker that shows the first of some certificates; its clients trust them all. */
async function serve(name: string, certificates: readonly SelfSigned[]): Promise<Stage> {
  const lab = await Lab.open(name, postgres());
  const files = {
    certificate: path.join(lab.dir, 'tls.crt'),
    key: path.join(lab.dir, 'tls.key'),
    ca: path.join(lab.dir, 'ca.crt'),
  };
  writeFileSync(files.ca, certificates.map(({ certificate }) => certificate).join(''));
  const [first] = certificates;
  if (first !== undefined) show(files, first);
  const worker = lab.startWorker({
    ca: files.ca,
    flags: [`--tls-certificate=${files.certificate}`, `--tls-key=${files.key}`],
  });
  await worker.ready();
  return { lab, worker, files };
}

function show(files: Stage['files'], { certificate, key }: SelfSigned): void {
  writeFileSync(files.certificate, certificate);
  writeFileSync(files.key, key);
}

/** The certificate that a new connection is shown, PEM. */
async function shown({ address }: Worker): Promise<string> {
  const [host, port] = address.split(':');
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const pem = socket.getPeerX509Certificate()?.toString() ?? '';
  socket.destroy();
  return pem;
}

const metricsOf = async (address: string): Promise<string> =>
  await (await fetch(`http://${address}/metrics`)).text();

const expiry = async ({ httpAddress }: Worker): Promise<number> => {
  const text = await metricsOf(httpAddress);
  const line = /^feedmill_worker_certificate_expiry_timestamp_seconds\S* (\S+)$/m.exec(text);
  return Number(line?.[1]);
};

test('a renewed certificate is shown to new connections, and open streams go on', async () => {
  const old = selfSigned();
  const renewed = selfSigned([-1, 30]);
  const { worker, files } = await serve('tls_renewed', [old, renewed]);
  await worker.bind(1, [PRODUCER], worker.address);
  const stream = await RawProducer.welcomed(worker.address, PRODUCER, 1n, files.ca);
  stream.batch(batchOf(1, [definition(), ...trades(2, 9)]));
  await stream.committed(10);
  expect(await shown(worker)).toBe(old.certificate);
  const endsFirst = await expiry(worker);

  // Half of it is there: a certificate whose key is not.
  writeFileSync(files.certificate, renewed.certificate);
  await until('it is said', () =>
    worker.child.logText().includes('is not that of the certificate'),
  );
  expect(await shown(worker)).toBe(old.certificate);

  show(files, renewed);
  await until('it is shown', async () => (await shown(worker)) === renewed.certificate, {
    everyMs: 200,
  });
  expect((await expiry(worker)) - endsFirst).toBeCloseTo(29 * 86_400, -2);
  stream.batch(batchOf(11, trades(11, 10)));
  await stream.committed(20);
  expect(stream.end).toBeUndefined();
  const second = await RawProducer.welcomed(worker.address, PRODUCER, 2n, files.ca);
  second.close();
  stream.close();
});

test('a certificate that has ended lets nobody in until it is renewed', async () => {
  const ended = selfSigned([-2, -1]);
  const renewed = selfSigned();
  const { worker, files } = await serve('tls_ended', [ended, renewed]);
  const early = new RawProducer(worker.address, files.ca);
  early.hello(PRODUCER);
  expect(await early.ended()).toMatchObject({
    code: 'UNAVAILABLE',
    details: expect.stringContaining('certificate has expired') as string,
  });
  early.close();
  show(files, renewed);
  await until('it is shown', async () => (await shown(worker)) === renewed.certificate, {
    everyMs: 200,
  });
  await worker.bind(1, [PRODUCER], worker.address);
  const stream = await RawProducer.welcomed(worker.address, PRODUCER, 1n, files.ca);
  stream.close();
});

test('a connector sends nothing to a worker it cannot prove, and goes on when it can', async () => {
  const certificate = selfSigned();
  const { lab, worker } = await serve('tls_proved', [certificate]);
  await worker.bind(1, ['simulated'], worker.address);
  const trusted = path.join(lab.dir, 'trusted.crt');
  writeFileSync(trusted, selfSigned().certificate);
  const connector = lab.startConnector({
    producer: 'simulated',
    source: 'simulated:simulated?events=500',
    address: worker.address.replace('127.0.0.1', 'localhost'),
    flags: [`--ca=${trusted}`],
  });
  await until('it is refused', () => connector.child.logText().includes('self-signed certificate'));
  expect((await worker.state()).producers[0]?.connected).toBe(false);
  writeFileSync(trusted, certificate.certificate);
  await connector.done();
  expect((await worker.state()).producers[0]?.committed).toBe(500);
});

test('a gateway follows workers that it can prove', async () => {
  const { lab, worker, files } = await serve('tls_gateway', [selfSigned()]);
  const gateway = new Child({
    name: 'gateway',
    program: GATEWAY,
    args: [
      `--postgres=${lab.url}`,
      '--listen=127.0.0.1:0',
      `--workers=${worker.address.replace('127.0.0.1', 'localhost')}`,
      `--workers-ca=${files.ca}`,
    ],
    logFile: path.join(lab.dir, 'logs', 'gateway.log'),
  });
  onTestFinished(async () => {
    gateway.signal('SIGTERM');
    await gateway.ended;
  });
  let http: string | undefined;
  gateway.onMessage((message) => {
    http ??= parseGatewayReady(message)?.httpAddress;
  });
  await until('it answers', () => http !== undefined, { seen: () => gateway.logText() });
  const up = async (): Promise<string | undefined> =>
    /^feedmill_gateway_workers_up (\d+)$/m.exec(await metricsOf(http ?? ''))?.[1];
  await until('it has the worker for up', async () => (await up()) === '1', { everyMs: 100 });
  expect(await up()).toBe('1');
});

test('one file alone, or a file that is none, ends the worker with what to do', async () => {
  const lab = await Lab.open('tls_files', postgres());
  const file = path.join(lab.dir, 'tls.crt');
  writeFileSync(file, 'no certificate');
  const start = async (flags: readonly string[]): Promise<string> => {
    const worker = lab.startWorker({ flags });
    await worker.child.ended;
    return worker.child.logText();
  };
  expect(await start([`--tls-certificate=${file}`])).toContain(
    'TLS needs both --tls-certificate and --tls-key; only one is given.',
  );
  expect(await start([`--tls-certificate=${file}`, `--tls-key=${file}`])).toMatch(
    /tls\.crt and \S+ cannot be used for TLS \(.+\); give PEM\./,
  );
});
