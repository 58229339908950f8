// One batch followed from a real connector through a real worker, to a real OTLP receiver.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { labOfFile } from './harness/file-lab.ts';

const EVENTS = 300;
const STEPS = ['publish', 'receive', 'journal', 'apply', 'commit'].map(
  (step) => `feedmill.${step}`,
);

interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { key: string; value: object }[];
}

interface Request {
  readonly resourceSpans: readonly {
    readonly resource: { attributes: readonly { key: string; value: { stringValue: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<ReceivedSpan, 'service'>[] }[];
  }[];
}

let collector: Server;
let endpoint = '';
let requests = 0;
let shards = 0;
const spans: ReceivedSpan[] = [];
const lab = labOfFile('tracing', async () => undefined);

beforeAll(async () => {
  collector = createServer((request, response) => {
    requests += 1;
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      note(JSON.parse(Buffer.concat(parts).toString()) as Request);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});
beforeEach(() => {
  requests = 0;
  spans.length = 0;
});
afterAll(() => {
  collector.closeAllConnections();
  collector.close();
});

function note({ resourceSpans }: Request): void {
  for (const { resource, scopeSpans } of resourceSpans) {
    const named = resource.attributes.find(({ key }) => key === 'service.name');
    const service = named?.value.stringValue ?? '';
    for (const each of scopeSpans) spans.push(...each.spans.map((span) => ({ service, ...span })));
  }
}

/** Brings a source through a worker of its own; both have ended then. Gives what is committed. */
async function run(env: Readonly<Record<string, string>>): Promise<number> {
  const shard = shards++;
  const producer = `traced-${shard}`;
  const worker = lab().startWorker({ shard, env });
  const { grpcAddress: address } = await worker.ready();
  await worker.bind(1, [producer], address);
  const source = `simulated:${producer}?events=${EVENTS}&speed=0`;
  const flags = ['--batch-events-max=100'];
  const { committed } = await lab()
    .startConnector({ producer, source, address, flags, env })
    .done();
  await worker.stop();
  return committed;
}

test('the steps of each batch are one trace, each the parent of the next', async () => {
  expect(await run({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toBe(EVENTS);
  const traces = Map.groupBy(spans, ({ traceId }) => traceId);
  expect(traces.size).toBeGreaterThanOrEqual(EVENTS / 100);
  for (const steps of traces.values()) {
    const chain = steps.filter(({ parentSpanId }) => (parentSpanId ?? '') === '');
    for (;;) {
      const next = steps.filter(({ parentSpanId }) => parentSpanId === chain.at(-1)?.spanId);
      if (next.length === 0) break;
      chain.push(...next);
    }
    expect(chain.map(({ name }) => name)).toEqual(STEPS);
    expect(steps).toHaveLength(STEPS.length);
    expect(chain.map(({ service }) => service)).toEqual([
      'feedmill-connector',
      ...STEPS.slice(1).map(() => 'feedmill-worker'),
    ]);
    for (const { startTimeUnixNano: start, endTimeUnixNano: end } of chain) {
      expect(BigInt(end)).toBeGreaterThanOrEqual(BigInt(start));
    }
  }
  const firsts = spans.filter(({ name }) => name === 'feedmill.commit').map(firstSequenceOf);
  expect(new Set(firsts).size).toBe(traces.size);
  expect(firsts).toContain(1);
});

test.each([
  ['no endpoint is set', () => ({})],
  [
    'the SDK is disabled',
    () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'true' }),
  ],
  [
    'no batch is sampled',
    () => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
    }),
  ],
] as const)('nothing is sent where %s', async (_what, env) => {
  expect(await run(env())).toBe(EVENTS);
  expect(requests).toBe(0);
});

test('a collector that is away keeps nothing from being committed', async () => {
  expect(await run({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })).toBe(EVENTS);
});

test.each([
  ['OTEL_TRACES_SAMPLER', 'sometimes', "OTEL_TRACES_SAMPLER is 'sometimes'; it must be one of"],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', "OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc'; traces are"],
])('%s=%s is refused at the start, in a sentence', async (name, value, sentence) => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, [name]: value };
  const { child } = lab().startWorker({ shard: shards++, env });
  expect(await child.ended).toMatchObject({ code: 2 });
  expect(child.logText()).toContain(sentence);
});

function firstSequenceOf({ attributes }: ReceivedSpan): number {
  const found = attributes.find(({ key }) => key === 'feedmill.first_sequence');
  return Number(Object.values(found?.value ?? {})[0]);
}
