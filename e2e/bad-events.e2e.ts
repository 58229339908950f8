import type { FeedEvent } from '@feedmill/core/event';
import { UNDEF_PRICE } from '@feedmill/core/event';
import { scanBatch } from '@feedmill/core/wire/batch-scan';
import { expect, test } from 'vitest';
import { Chance } from './harness/chance.ts';
import { labOfFile } from './harness/file-lab.ts';
import { RawProducer } from './harness/raw-producer.ts';
import {
  allKinds,
  batchOf,
  definition,
  event,
  SHARE,
  trade,
  trades,
} from './harness/sample-batch.ts';
import { say } from './harness/say.ts';
import { digestTables, withDatabase } from './harness/table-digest.ts';
import { until } from './harness/waiting.ts';
import type { Worker } from './harness/worker.ts';

const YEAR_1 = -62_135_596_800n;
const YEAR_2300 = 10_413_792_000n;
const NANOS_PER_SECOND = 1_000_000_000n;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const NUL = '\0';
/** Longer than an index can hold, and of a kind that does not compress. */
const LONG = Array.from({ length: 3000 }, (_, index) => ((index * 7919) % 36).toString(36)).join(
  '',
);
/** Text of sound events that the tests turn into something else, byte by byte. */
const EVIL = 'EVIL';

let worker: Worker;
const lab = labOfFile('bad_events', async (opened) => {
  worker = opened.startWorker({ flags: ['--store-book-deltas'] });
  const { grpcAddress } = await worker.ready();
  await worker.bind(1, ['bad', 'good', 'refused', 'damaged'], grpcAddress);
});

function sound(value: object): FeedEvent {
  const body = { price: 5, size: 7, aggressorSide: 1, tradeId: 'x' } as const;
  return event({ case: 'trade', value: { ...body, ...value } });
}

/** What is wrong, the event, and the reason that its dead letter must have. */
const BAD_EVENTS: readonly (readonly [string, FeedEvent, string])[] = [
  ['an aggressor that is no side', sound({ aggressorSide: 9 }), 'ENUM_UNKNOWN'],
  ['a negative action', event({ case: 'status', value: { action: -1 as 0 } }), 'ENUM_UNKNOWN'],
  ['a source of time that is none', trade(1, { tsEventSource: 44 as 0 }), 'ENUM_UNKNOWN'],
  ['no price', sound({ price: UNDEF_PRICE }), 'PRICE_UNDEFINED'],
  ['a negative price', sound({ price: -1 }), 'PRICE_NEGATIVE'],
  ['the lowest price', sound({ price: INT64_MIN }), 'PRICE_NEGATIVE'],
  ['a negative size', sound({ size: -1n }), 'SIZE_NEGATIVE'],
  [
    'a negative bid',
    event({ case: 'quote', value: { bidPx: -5, bidSz: 1, askPx: 5, askSz: 1 } }),
    'PRICE_NEGATIVE',
  ],
  [
    'an unknown instrument',
    trade(1, { symbol: { ...SHARE, rawSymbol: 'NOBODY' } }),
    'INSTRUMENT_UNKNOWN',
  ],
  ['no canonical name', definition('AAPL'), 'INSTRUMENT_NAME'],
  ['a name too long for an index', definition(`${LONG}.XNAS`), 'TEXT_INVALID'],
  ['the lowest time', trade(1, { tsEvent: INT64_MIN }), 'TS_EVENT_RANGE'],
  ['the year 1, cut to 64 bits', trade(1, { tsEvent: wrapped(YEAR_1) }), 'TS_EVENT_RANGE'],
  ['the year 2262', trade(1, { tsEvent: INT64_MAX }), 'TS_EVENT_RANGE'],
  ['the year 2300, cut to 64 bits', trade(1, { tsEvent: wrapped(YEAR_2300) }), 'TS_EVENT_RANGE'],
  ['a receive time before 1970', trade(1, { tsRecv: -1n }), 'TS_EVENT_RANGE'],
  ['a zero character', sound({ tradeId: NUL }), 'TEXT_INVALID'],
  ['a zero character in a condition', sound({ saleConditions: [NUL] }), 'TEXT_INVALID'],
  ['a session too long for an index', trade(1, { sessionId: LONG }), 'TEXT_INVALID'],
  ['text that is not UTF-8', sound({ tradeId: EVIL }), 'UNDECODABLE'],
  [
    'a symbol that is not UTF-8',
    trade(1, { symbol: { ...SHARE, rawSymbol: EVIL } }),
    'UNDECODABLE',
  ],
];

/** What remains of a time beyond 64 bits of nanoseconds. */
function wrapped(seconds: bigint): bigint {
  return BigInt.asIntN(64, seconds * NANOS_PER_SECOND);
}

/** Makes every EVIL in a batch a text that is not UTF-8. */
function spoilt(batch: Buffer): Buffer {
  for (let at = batch.indexOf(EVIL); at >= 0; at = batch.indexOf(EVIL)) batch[at] = 0xff;
  return batch;
}

interface DeadLetter {
  readonly producer_sequence: string;
  readonly reason: string;
  readonly message: string;
  readonly raw: Buffer;
}

test('each bad event becomes a dead letter with its reason, and the good ones rows', async () => {
  const good = await RawProducer.welcomed(worker.address, 'good');
  const bad = await RawProducer.welcomed(worker.address, 'bad');
  const events = [definition(), trade(1)];
  for (const [index, [, each]] of BAD_EVENTS.entries()) events.push(each, trade(index + 2));
  bad.batch(spoilt(batchOf(1, events)));
  good.batch(batchOf(1, [definition(), ...trades(1, 50)]));
  await bad.committed(events.length);
  await good.committed(51);
  bad.close();
  good.close();

  const { letters, transactions, rows } = await withDatabase(lab().url, async (db) => ({
    letters: (
      await db.query<DeadLetter>(
        `select d.producer_sequence, d.reason, d.message, d.raw from feedmill.dead_letter d
         join feedmill.producer p using (producer_id) where p.name = 'bad' order by 1`,
      )
    ).rows,
    transactions: (
      await db.query(
        `select xmin from feedmill.dead_letter union
         select t.xmin from feedmill.trade t join feedmill.producer p using (producer_id)
         where p.name = 'bad'`,
      )
    ).rows,
    rows: (
      await db.query<{ name: string; count: string }>(
        `select p.name, count(*) from feedmill.trade join feedmill.producer p using (producer_id)
         group by 1 order by 1`,
      )
    ).rows,
  }));
  const expected = BAD_EVENTS.map(([, , reason], index) => ({
    producer_sequence: String(2 * index + 3),
    reason,
  }));
  expect(letters.map(({ producer_sequence, reason }) => ({ producer_sequence, reason }))).toEqual(
    expected,
  );
  for (const { message, raw } of letters) {
    expect(message).toMatch(/\.$/);
    expect(raw.length).toBeGreaterThan(0);
  }
  expect(transactions).toHaveLength(1);
  expect(rows).toEqual([
    { name: 'bad', count: String(BAD_EVENTS.length + 1) },
    { name: 'good', count: '50' },
  ]);
});

test('a row that Postgres itself refuses is a dead letter, and holds up no other', async () => {
  await withDatabase(lab().url, (db) =>
    db.query("alter table feedmill.news add check (headline <> 'refused')"),
  );
  const raw = await RawProducer.welcomed(worker.address, 'refused');
  const news = (headline: string): FeedEvent => event({ case: 'news', value: { headline } });
  raw.batch(batchOf(1, [definition(), ...trades(1, 20), news('refused'), news('fine')]));
  await raw.committed(23);
  raw.close();
  const letters = await withDatabase(lab().url, (db) =>
    db.query(
      `select d.producer_sequence, d.reason, d.message from feedmill.dead_letter d
       join feedmill.producer p using (producer_id) where p.name = 'refused'`,
    ),
  );
  expect(letters.rows).toEqual([
    {
      producer_sequence: '22',
      reason: 'REFUSED_BY_POSTGRES',
      message: expect.stringContaining('violates check constraint'),
    },
  ]);
});

const DAMAGED_FOR_MS = 6_000;
const SEQUENCE_END_OFFSET = 9;

test('damaged bytes are refused, or taken as what they say; none ends the worker', async () => {
  const chance = new Chance('bad-events');
  let raw = await RawProducer.welcomed(worker.address, 'damaged');
  const counts = { refused: 0, taken: 0 };
  const deadlineMs = performance.now() + DAMAGED_FOR_MS;
  for (let next = 1; performance.now() < deadlineMs; ) {
    const batch = damage(batchOf(next, allKinds()), chance);
    raw.batch(batch);
    const last = lastSequence(batch, next);
    if (last !== undefined) {
      await raw.committed(last);
      next = last + 1;
      counts.taken += 1;
      continue;
    }
    counts.refused += 1;
    await until('the damaged batch is answered', () => raw.end ?? raw.responses.at(-1));
    raw.close();
    raw = await RawProducer.welcomed(worker.address, 'damaged');
  }
  raw.close();
  say(`bad-events: ${counts.taken} damaged batches taken, ${counts.refused} refused`);
  expect(counts.taken).toBeGreaterThan(100);
  expect(worker.child.end).toBeUndefined();
});

/** Changes a few bytes, but for the batch's own number. */
function damage(batch: Buffer, chance: Chance): Buffer {
  for (let left = chance.between(1, 6); left > 0; left -= 1) {
    const at = chance.between(SEQUENCE_END_OFFSET, batch.length - 1);
    const flipped = batch.readUInt8(at) ^ (1 << chance.between(0, 7));
    batch[at] = [flipped, chance.between(0, 255), 0, 0xff][chance.between(0, 3)] as number;
  }
  return batch;
}

/** Where a batch ends that must be taken; undefined for one that must not. */
function lastSequence(batch: Buffer, expected: number): number | undefined {
  try {
    const { firstSequence, eventCount } = scanBatch(batch);
    const last = firstSequence + eventCount - 1;
    return firstSequence <= expected && last >= expected ? last : undefined;
  } catch {
    return undefined;
  }
}

test('a start after all this replays it to the same rows', async () => {
  const before = await digestTables(lab().url);
  expect(before.faults).toEqual([]);
  await worker.kill();
  worker = lab().startWorker({ flags: ['--store-book-deltas'] });
  await worker.ready();
  await worker.stop();
  expect(await digestTables(lab().url)).toEqual(before);
});
