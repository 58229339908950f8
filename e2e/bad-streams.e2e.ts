import { createHash } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { Connector } from './harness/connector.ts';
import { labOfFile } from './harness/file-lab.ts';
import { callRaw } from './harness/raw-call.ts';
import { RawProducer } from './harness/raw-producer.ts';
import { batchOf, definition, trade, trades } from './harness/sample-batch.ts';
import { digestTables } from './harness/table-digest.ts';
import { pause, until } from './harness/waiting.ts';
import type { Worker } from './harness/worker.ts';

const BATCH_BYTES_MAX = 4096;
const TOKEN = 'open sesame';
const PRODUCERS = [
  'newer',
  'reopened',
  'gap',
  'repeat',
  'empty',
  'large',
  'broken',
  'twice',
  'slow',
  'sequence',
];
const ELSEWHERE = { producer: 'moved', shard: 7, address: '127.0.0.1:7407' };
/** Runs beside all tests: nothing that others do may reach it. */
const STEADY = {
  producer: 'steady',
  source: 'simulated:steady?rate=500&seed=3&start=2025-01-06T14:30:00Z',
};

let worker: Worker;
let steady: Connector;
const lab = labOfFile('bad_streams', async (opened) => {
  worker = opened.startWorker({ flags: ['--batch-bytes-max', String(BATCH_BYTES_MAX)] });
  const { grpcAddress: address } = await worker.ready();
  const tokenSha256 = createHash('sha256').update(TOKEN).digest();
  const secret = { producer: 'secret', shard: 0, address, tokenSha256 };
  await worker.bind(1, [STEADY.producer, ...PRODUCERS], address, [ELSEWHERE, secret]);
  steady = opened.startConnector({ ...STEADY, address });
  await until('the steady feed flows', () => (steady.report?.committed ?? 0) > 0);
});

/** A stream that is closed with the test. */
function open(): RawProducer {
  const raw = new RawProducer(worker.address);
  onTestFinished(() => raw.close());
  return raw;
}

async function openAs(producer: string, incarnation = 1n): Promise<RawProducer> {
  const raw = open();
  raw.hello(producer, incarnation);
  await raw.response('welcome');
  return raw;
}

test('a producer that nobody declared is NOT_FOUND', async () => {
  const raw = open();
  raw.hello('stranger');
  expect(await raw.ended()).toMatchObject({
    code: 'NOT_FOUND',
    details: expect.stringContaining("Nobody declared a producer 'stranger'. Declare it"),
  });
});

test('a producer that is bound elsewhere is sent there', async () => {
  const raw = open();
  raw.hello('moved');
  expect(await raw.ended()).toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: "Producer 'moved' is bound to shard 7 at 127.0.0.1:7407.",
    trailers: { 'feedmill-shard': '7', 'feedmill-address': '127.0.0.1:7407' },
  });
});

test('a wrong token is PERMISSION_DENIED, the right one is welcome', async () => {
  const wrong = open();
  wrong.hello('secret', 1n, 'guess');
  expect(await wrong.ended()).toMatchObject({
    code: 'PERMISSION_DENIED',
    details: "The token of producer 'secret' is wrong.",
  });
  const right = open();
  right.hello('secret', 1n, TOKEN);
  await right.response('welcome');
});

test('a newer incarnation ends the stream of the older, which may not come back', async () => {
  const older = await openAs('newer', 5n);
  const newer = await openAs('newer', 6n);
  expect(await older.ended()).toMatchObject({
    code: 'ABORTED',
    details: expect.stringContaining("'newer' connected again with incarnation 6"),
  });
  const again = open();
  again.hello('newer', 5n);
  expect(await again.ended()).toMatchObject({
    code: 'PERMISSION_DENIED',
    details: expect.stringContaining('came with incarnation 5, but 6 was already here'),
    trailers: { 'feedmill-incarnation': '6' },
  });
  newer.batch(batchOf(1, [definition()]));
  await newer.committed(1);
});

test('a program whose Hello was held up is told to come again', async () => {
  const first = await openAs('reopened', 5n);
  await openAs('reopened', 5n);
  expect(await first.ended()).toMatchObject({
    code: 'UNAVAILABLE',
    details: "Producer 'reopened' has opened another stream; this one is over.",
  });
});

test('a gap in the sequence is told, taken nothing of, and the stream goes on', async () => {
  const raw = await openAs('gap');
  raw.batch(batchOf(1, [definition(), ...trades(1, 4)]));
  raw.batch(batchOf(9, trades(9, 2)));
  raw.batch(batchOf(11, trades(11, 2)));
  const { response } = await raw.response('nack');
  expect(response.value).toMatchObject({
    expectedSequence: 6n,
    message: expect.stringContaining('starts at sequence 9, expected was 6'),
  });
  raw.batch(batchOf(6, trades(5, 5)));
  await raw.committed(10);
  const nacks = raw.responses.filter((each) => each.response.case === 'nack');
  expect(nacks).toHaveLength(1);
});

test('what is repeated is acknowledged and stored once', async () => {
  const raw = await openAs('repeat');
  const first = batchOf(1, [definition(), ...trades(1, 4)]);
  raw.batch(first);
  await raw.committed(5);
  raw.responses.length = 0;
  raw.batch(first);
  await raw.committed(5);
  // Half of it is new.
  raw.batch(batchOf(4, trades(3, 4)));
  await raw.committed(7);
  expect(raw.responses.filter((each) => each.response.case === 'nack')).toEqual([]);
});

test('a batch without events, or numbered from 0, is INVALID_ARGUMENT', async () => {
  const empty = await openAs('empty');
  empty.batch(batchOf(1, []));
  expect(await empty.ended()).toMatchObject({
    code: 'INVALID_ARGUMENT',
    details: 'The batch holds no event; send at least one.',
  });
  for (const first of [0, Number.MAX_SAFE_INTEGER]) {
    const raw = await openAs('sequence');
    raw.batch(batchOf(first, trades(1, 2)));
    expect(await raw.ended()).toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: expect.stringContaining('sequences start at 1 and stay below 2^53'),
    });
  }
});

test('a batch above the limit is RESOURCE_EXHAUSTED, in a sentence with both sizes', async () => {
  const batch = batchOf(1, [definition(), ...trades(1, 90)]);
  expect(batch.length).toBeGreaterThan(BATCH_BYTES_MAX);
  const raw = await openAs('large');
  raw.batch(batch);
  expect(await raw.ended()).toMatchObject({
    code: 'RESOURCE_EXHAUSTED',
    details: `The batch has ${batch.length} bytes, 4096 are allowed; send smaller batches.`,
  });
  // Far above it the transport itself refuses.
  const huge = await openAs('large');
  huge.batch(batchOf(1, trades(1, 20_000)));
  expect(await huge.ended()).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
});

test('bytes that are no batch, or no request at all, are INVALID_ARGUMENT', async () => {
  const cut = await openAs('broken');
  cut.batch(batchOf(1, trades(1, 2)).subarray(0, -3));
  expect(await cut.ended()).toMatchObject({
    code: 'INVALID_ARGUMENT',
    details: expect.stringContaining('The batch is not valid protobuf'),
  });
  const noise = await openAs('broken');
  noise.send(Buffer.from('ffffffffffffffffffff', 'hex'));
  expect(await noise.ended()).toMatchObject({
    code: 'INVALID_ARGUMENT',
    details: expect.stringContaining('A PublishRequest cannot be read'),
  });
  const nothing = await openAs('broken');
  nothing.send(Buffer.alloc(0));
  expect(await nothing.ended()).toMatchObject({
    code: 'INVALID_ARGUMENT',
    details: expect.stringContaining('neither a Hello nor a Batch'),
  });
});

test('a Batch before Hello is FAILED_PRECONDITION, a second Hello INVALID_ARGUMENT', async () => {
  const early = open();
  early.batch(batchOf(1, [trade(1)]));
  expect(await early.ended()).toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: expect.stringContaining('A Batch came before the Hello'),
  });
  const twice = await openAs('twice');
  twice.hello('twice');
  expect(await twice.ended()).toMatchObject({
    code: 'INVALID_ARGUMENT',
    details: expect.stringContaining('A second Hello came on this stream'),
  });
});

test('a stream that never says Hello is ended with DEADLINE_EXCEEDED', async () => {
  const raw = open();
  expect(await raw.ended()).toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    details: expect.stringContaining('No Hello came within 5000 ms'),
  });
});

const SLOW_BATCHES = 40_000;
const MIB = 1024 * 1024;

test('a slow reader of acks holds nobody up and gets only the newest', async () => {
  const raw = await openAs('slow');
  raw.batch(batchOf(1, [definition()]));
  await raw.committed(1);
  raw.pauseReading();
  const before = await residentBytes();
  for (let sequence = 2; sequence <= SLOW_BATCHES; sequence += 1) {
    raw.batch(batchOf(sequence, [trade(sequence)]));
    if (sequence % 1000 === 0) await pause(1);
  }
  await until('all that it sent is committed', async () => {
    const { producers } = await worker.state();
    return producers.find(({ producer }) => producer === 'slow')?.committed === SLOW_BATCHES;
  });
  expect((await residentBytes()) - before).toBeLessThan(128 * MIB);
  raw.resumeReading();
  await raw.committed(SLOW_BATCHES);
  expect(raw.responses.length).toBeLessThan(SLOW_BATCHES / 2);
});

async function residentBytes(): Promise<number> {
  const text = await (await fetch(`http://${worker.httpAddress}/metrics`)).text();
  return Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(text)?.[1]);
}

test('reflection and health answer as every gRPC tool expects', async () => {
  const health = await callRaw(worker.address, '/grpc.health.v1.Health/Check', Buffer.alloc(0));
  // HealthCheckResponse.status = SERVING.
  expect(health).toEqual(Buffer.from([0x08, 0x01]));
  const reflection = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
  // ServerReflectionRequest.list_services = "*".
  const services = await callRaw(worker.address, reflection, Buffer.from([0x3a, 0x01, 0x2a]));
  for (const name of ['IngestService', 'LocatorService', 'ControlService']) {
    expect(services.toString('latin1')).toContain(`feedmill.v1.${name}`);
  }
  for (const path of ['livez', 'readyz']) {
    const answer = await fetch(`http://${worker.httpAddress}/${path}`);
    expect([answer.status, await answer.text()]).toEqual([200, 'ok\n']);
  }
});

test('none of this has reached the feed beside it', async () => {
  const before = steady.report?.committed ?? 0;
  await until('the steady feed flows on', () => (steady.report?.committed ?? 0) > before);
  expect(steady.child.end).toBeUndefined();
  const said = steady.child.logLines().map(({ msg }) => msg);
  expect(said.filter((msg) => msg.includes('has welcomed the producer'))).toHaveLength(1);
  expect(worker.child.end).toBeUndefined();
  steady.child.signal('SIGTERM');
  await until('the steady feed ends', () => steady.child.end);
  await worker.stop();
  expect((await digestTables(lab().url)).faults).toEqual([]);
});
