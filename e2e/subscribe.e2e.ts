import { EventKind, SlowReader } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { expect, onTestFinished, test } from 'vitest';
import { postgresOfFile } from './harness/file-postgres.ts';
import { Lab } from './harness/lab.ts';
import { RawProducer } from './harness/raw-producer.ts';
import { allKinds, batchOf, definition, event, trade, trades } from './harness/sample-batch.ts';
import { DerivedReader, EventReader } from './harness/shard-reader.ts';
import { withDatabase } from './harness/table-digest.ts';
import { until } from './harness/waiting.ts';
import type { Worker } from './harness/worker.ts';

const PRODUCER = 'market';
const postgres = postgresOfFile();

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

interface Shard {
  readonly lab: Lab;
  readonly worker: Worker;
  readonly raw: RawProducer;
}

async function start(name: string, flags: readonly string[] = []): Promise<Shard> {
  const lab = await Lab.open(name, postgres());
  return await serve(lab, 1, flags);
}

async function serve(lab: Lab, generation: number, flags: readonly string[] = []): Promise<Shard> {
  const worker = lab.startWorker({ flags });
  const { grpcAddress: address } = await worker.ready();
  await worker.bind(generation, [PRODUCER], address);
  const raw = await RawProducer.welcomed(address, PRODUCER);
  onTestFinished(() => raw.close());
  return { lab, worker, raw };
}

async function publish({ raw }: Shard, first: number, last: number): Promise<void> {
  const size = 50;
  for (let at = first; at <= last; at += size) {
    const count = Math.min(size, last - at + 1);
    raw.batch(batchOf(at, at === 1 ? [definition(), ...trades(2, count - 1)] : trades(at, count)));
  }
  await raw.committed(last);
}

test('events come in order, each once, and a filter lets through what it names', async () => {
  const shard = await start('subscribe_order');
  const { address } = shard.worker;
  const everything = new EventReader(address);
  const quotes = new EventReader(address, { kinds: [EventKind.QUOTE] });
  const others = new EventReader(address, { producers: ['somebody'] });
  const named = new EventReader(address, { symbols: [{ rawSymbol: 'AAPL' }] });
  const elsewhere = new EventReader(address, { symbols: [{ venue: 'ARCX' }] });
  for (const reader of [everything, quotes, others, named, elsewhere]) await reader.opened();
  const kinds = allKinds();
  shard.raw.batch(batchOf(1, kinds));
  await publish(shard, kinds.length + 1, 400);
  const durable = (await shard.worker.state()).durablePosition;
  for (const reader of [everything, quotes, others, named, elsewhere]) {
    await until('the reader is told the newest position', () => Number(reader.position) >= durable);
  }
  expect(everything.sequences(PRODUCER)).toEqual(range(1, 400));
  expect(named.sequences(PRODUCER)).toEqual(range(1, 400));
  const at = kinds.findIndex(({ body }) => body.case === 'quote') + 1;
  expect(quotes.sequences(PRODUCER)).toEqual([at]);
  expect(others.sequences(PRODUCER)).toEqual([]);
  expect(elsewhere.sequences(PRODUCER)).toEqual([]);
});

test('who comes back gets what came meanwhile, also after the worker was killed', async () => {
  const first = await start('subscribe_resume');
  const reader = new EventReader(first.worker.address);
  await reader.opened();
  await publish(first, 1, 300);
  await until('all have come', () => reader.sequences(PRODUCER).length === 300);
  const afterPosition = reader.position;
  reader.close();
  await publish(first, 301, 500);
  await first.worker.kill();
  const second = await serve(first.lab, 2);
  await publish(second, 501, 600);
  const again = new EventReader(second.worker.address, { afterPosition });
  await until('all have come', () => again.sequences(PRODUCER).length >= 300);
  await publish(second, 601, 700);
  await until('it goes on', () => again.sequences(PRODUCER).length >= 400);
  expect(again.sequences(PRODUCER)).toEqual(range(301, 700));
});

test('an event that cannot be read does not break the stream', async () => {
  const shard = await start('subscribe_broken');
  const reader = new EventReader(shard.worker.address);
  await reader.opened();
  const batch = batchOf(1, [definition(), trade(1), event({ case: 'news', value: news('?') })]);
  // The headline is no longer UTF-8.
  batch[batch.lastIndexOf('?'.charCodeAt(0))] = 0xff;
  shard.raw.batch(batch);
  shard.raw.batch(batchOf(4, [trade(4)]));
  await shard.raw.committed(4);
  await until('the last has come', () => reader.sequences(PRODUCER).includes(4));
  expect(reader.sequences(PRODUCER)).toEqual([1, 2, 4]);
});

const news = (headline: string) => ({ newsId: 'n1', headline, entities: [] });

test('a slow reader is told what it missed; a complete one gets everything', async () => {
  const shard = await start('subscribe_slow');
  const { address } = shard.worker;
  const slow = new EventReader(address);
  const complete = new EventReader(address, { slowReader: SlowReader.COMPLETE });
  for (const reader of [slow, complete]) {
    await reader.opened();
    reader.pauseReading();
  }
  // Far more than the transport and the worker's memory of the newest take.
  const last = 400_000;
  for (let at = 1; at <= last; at += 2_000) {
    const head = at === 1 ? [definition()] : [];
    shard.raw.batch(batchOf(at, [...head, ...trades(at + head.length, 2_000 - head.length)]));
  }
  await shard.raw.committed(last);
  const durable = (await shard.worker.state()).durablePosition;
  for (const reader of [slow, complete]) {
    reader.resumeReading();
    await until('the reader has caught up', () => Number(reader.position) >= durable);
  }
  expect(complete.sequences(PRODUCER)).toEqual(range(1, last));
  expect(complete.conflatedEvents).toBe(0);
  const seen = slow.sequences(PRODUCER);
  expect(seen.at(-1)).toBe(last);
  expect(seen.length).toBeLessThan(last / 2);
  expect(seen.length + slow.conflatedEvents).toBe(last);
});

test('a position that the journal does not have is refused, with where it begins', async () => {
  const flags = ['--segment-bytes', String(16 * 1024 * 1024), '--checkpoint-interval-ms', '100'];
  const shard = await start('subscribe_trimmed', flags);
  const ahead = await new EventReader(shard.worker.address, { afterPosition: 10n ** 6n }).ended();
  expect(ahead.code).toBe('OUT_OF_RANGE');
  const last = 500_000;
  for (let at = 1; at <= last; at += 2_000) {
    const head = at === 1 ? [definition()] : [];
    shard.raw.batch(batchOf(at, [...head, ...trades(at + head.length, 2_000 - head.length)]));
  }
  await shard.raw.committed(last);
  const end = await until('the journal is trimmed', async () => {
    const reader = new EventReader(shard.worker.address, { afterPosition: 0n });
    await until('it opens or ends', () => reader.responses.length > 0 || reader.hasEnded);
    return reader.hasEnded ? await reader.ended() : undefined;
  });
  expect(end).toMatchObject({ code: 'OUT_OF_RANGE' });
  expect(Number(end.trailers['feedmill-first-position'])).toBeGreaterThan(1);
});

test('what cannot be subscribed to is refused with a sentence', async () => {
  const { worker } = await start('subscribe_refused');
  const kind = await new EventReader(worker.address, { kinds: [7 as EventKind] }).ended();
  expect(kind).toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(kind.details).toContain('no event kind 7');
  const many = { producers: Array.from({ length: 2_000 }, (_, index) => `p${index}`) };
  const filters = await new EventReader(worker.address, many).ended();
  expect(filters.details).toContain('2000 entries, 1024 are allowed');
  for (let index = 0; index < 16; index += 1) await new EventReader(worker.address).opened();
  const full = await new EventReader(worker.address).ended();
  expect(full.code).toBe('RESOURCE_EXHAUSTED');
});

test('bars, gaps and dead letters come as they stand in the tables', async () => {
  const shard = await start('subscribe_derived', ['--allowed-lateness-ms', '0']);
  const derived = new DerivedReader(shard.worker.address);
  await derived.opened();
  const dense = (number: number, sequence: number) =>
    trade(number, { sequenceKind: 1, sequence, sessionId: 's' });
  const bad = event({ case: 'trade', value: { ...tradeBody, price: -1 } });
  shard.raw.batch(
    batchOf(1, [definition(), dense(1, 1), dense(2, 5), bad, dense(90_000, 6), dense(200_000, 7)]),
  );
  await shard.raw.committed(6);
  const rows = await withDatabase(shard.lab.url, async (client) => {
    const bars = await client.query<Row>(
      'select step_ms, ts_event, close, volume, revision from feedmill.bar order by 1, 2',
    );
    const gaps = await client.query<Row>('select first_missing, last_missing from feedmill.gap');
    const letters = await client.query<Row>('select reason from feedmill.dead_letter');
    return { bars: bars.rows, gaps: gaps.rows, letters: letters.rows };
  });
  expect(rows.bars.length).toBeGreaterThan(2);
  const { committedPosition } = await shard.worker.state();
  await until('all have come', () => derived.position >= committedPosition);
  const bars = barsOf(derived).map(({ stepMs, tsEvent, close, volume, revision }) => ({
    step_ms: String(stepMs),
    ts_event: String(tsEvent),
    close: String(close),
    volume,
    revision,
  }));
  // A transaction may say a bar twice, as the table would be told: the last word counts.
  const standing = new Map(bars.map((bar) => [`${bar.step_ms} ${bar.ts_event}`, bar]));
  expect([...standing.values()].sort(byStepAndTime)).toEqual(rows.bars);
  const gaps = derived.responses.flatMap((response) => response.gaps);
  expect(gaps).toMatchObject([{ producer: PRODUCER, firstMissing: 2n, lastMissing: 4n }]);
  expect(rows.gaps).toEqual([{ first_missing: '2', last_missing: '4' }]);
  const letters = derived.responses.flatMap((response) => response.deadLetters);
  expect(letters.map(({ reason }) => ({ reason }))).toEqual(rows.letters);
});

const tradeBody = { price: 1, size: 1, aggressorSide: 1, tradeId: 'bad' } as const;
type Row = Record<string, unknown>;
type BarKey = { readonly step_ms: string; readonly ts_event: string };
const barsOf = (reader: DerivedReader) => reader.responses.flatMap(({ bars }) => bars);
const byStepAndTime = (one: BarKey, other: BarKey): number =>
  Number(one.step_ms) - Number(other.step_ms) || Number(one.ts_event) - Number(other.ts_event);
