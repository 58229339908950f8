import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { FeedEvent } from '@feedmill/core/event';
import {
  AggressorSide,
  BookAction,
  InstrumentClass,
  RejectReason,
  SequenceKind,
  Side,
  StatusAction,
} from '@feedmill/proto/feedmill/v1/event_pb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countsOf } from '../testing/event-counts.ts';
import { MemoryFiles } from '../testing/memory-files.ts';
import { hasRecordedData, NEEDS_RECORDED_DATA, recordedPath } from '../testing/recorded-data.ts';
import { hashOf, readEvents, sourceOf } from '../testing/source-reading.ts';

const FOLDER = recordedPath('dbn');
const names = existsSync(FOLDER) ? readdirSync(FOLDER).toSorted() : [];
const read = async (name: string): Promise<FeedEvent[]> =>
  readEvents(sourceOf(`capture:dbn:${FOLDER}/test_data.${name}?speed=0`).source);
const bodies = (events: readonly FeedEvent[], kind: string): unknown[] =>
  events.filter(({ body }) => body.case === kind).map(({ body }) => body.value);
/** A file as it is without its packing. */
const plain = (name: string): Buffer => {
  const bytes = readFileSync(`${FOLDER}/test_data.${name}`);
  return name.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes;
};
/** Events of bytes that a test has changed. */
const readBytes = async (bytes: Uint8Array, pieceSizes?: number[]) => {
  const files = new MemoryFiles({ a: bytes }, pieceSizes);
  const { source } = sourceOf('capture:dbn:a?speed=0', files);
  return { events: await readEvents(source), problems: source.progress().problems };
};

const SCHEMAS: Record<string, Record<string, number>> = {
  'bbo-1m': { quote: 4 },
  'bbo-1s': { quote: 4 },
  'cbbo-1s': { consolidatedQuote: 2 },
  'cmbp-1': { consolidatedQuote: 2 },
  definition: {},
  imbalance: {},
  mbo: { bookDelta: 2 },
  'mbp-1': { quote: 2 },
  'mbp-10': { quote: 2, bookSnapshot: 2 },
  'ohlcv-1d': {},
  'ohlcv-1h': { bar: 2 },
  'ohlcv-1m': { bar: 2 },
  'ohlcv-1s': { bar: 2 },
  statistics: {},
  status: { status: 4 },
  tbbo: { quote: 2, trade: 2 },
  trades: { trade: 2 },
};

describe.skipIf(!hasRecordedData())(`DBN files (${NEEDS_RECORDED_DATA})`, () => {
  it.each(names)('%s is read whole', async (name) => {
    const short = name.replace('test_data.', '');
    const schema = short.split('.')[0] as string;
    const events = await read(short);
    const { definition, feedStatus, ...counts } = countsOf(events);
    expect(counts).toEqual(SCHEMAS[schema]);
    expect(feedStatus ?? 0).toBe(events.length === 0 ? 0 : 2);
    expect(definition ?? 0).toBe(schema === 'definition' ? 2 : Math.min(events.length, 1));
  });

  it('say the same in every version, packed or not', async () => {
    for (const schema of Object.keys(SCHEMAS)) {
      const versions = names.filter((name) => name.startsWith(`test_data.${schema}.`));
      const hashes = new Set<string>();
      for (const name of versions) {
        hashes.add(hashOf(await read(name.replace('test_data.', ''))));
      }
      expect({ schema, texts: hashes.size }).toEqual({ schema, texts: 1 });
    }
  });

  it('give trades their exact price, size, side, times and number', async () => {
    const [, definition, trade] = await read('trades.v3.dbn.zst');
    expect(definition?.body.value).toMatchObject({
      instrument: 'ESH1.GLBX',
      allowsNegativePrice: true,
    });
    expect(trade).toMatchObject({
      symbol: { publisherId: 2001, venue: 'GLBX', rawSymbol: 'ESH1' },
      tsEvent: 1_609_160_400_098_821_953n,
      tsRecv: 1_609_160_400_099_150_057n,
      tsInDelta: 19_251,
      flags: 129,
      sequenceKind: SequenceKind.SPARSE,
      sequence: 1_170_380,
      body: {
        value: {
          price: 3_720_250_000_000,
          size: 5_000_000_000,
          aggressorSide: AggressorSide.SELL,
        },
      },
    });
  });

  it('give orders of a book by their id', async () => {
    expect(bodies(await read('mbo.dbn'), 'bookDelta')[0]).toEqual({
      changes: [
        {
          action: BookAction.CANCEL,
          side: Side.ASK,
          price: 3_722_750_000_000,
          size: 1_000_000_000,
          orderId: 647_784_973_705,
        },
      ],
    });
  });

  it('put the quote of tbbo before the trade that met it', async () => {
    const events = await read('tbbo.v1.dbn.zst');
    expect(events.map(({ body }) => body.case)).toEqual([
      'feedStatus',
      'definition',
      'quote',
      'trade',
      'quote',
      'trade',
      'feedStatus',
    ]);
  });

  it('give ten levels with their numbers of orders', async () => {
    const [book] = bodies(await read('mbp-10.v3.dbn.zst'), 'bookSnapshot');
    expect(book).toMatchObject({
      bids: { length: 10, 0: { price: 3_720_250_000_000, size: 24_000_000_000, count: 15 } },
      asks: { length: 10 },
    });
  });

  it('give bars their end, and name them by instrument and step', async () => {
    expect(bodies(await read('ohlcv-1m.v2.dbn.zst'), 'bar')[0]).toMatchObject({
      barType: 'ESH1.GLBX-1-MINUTE-LAST-EXTERNAL',
      tsOpen: 1_609_160_400_000_000_000n,
      tsClose: 1_609_160_460_000_000_000n,
      volume: 353_000_000_000n,
    });
  });

  it('give consolidated quotes the publishers of their sides', async () => {
    expect(bodies(await read('cbbo-1s.v3.dbn.zst'), 'consolidatedQuote')[0]).toMatchObject({
      bidPx: 3_720_250_000_000n,
      bidPb: 2001,
      askPb: 2001,
      state: 1,
    });
  });

  it('give definitions and statuses', async () => {
    expect(bodies(await read('definition.v1.dbn.zst'), 'definition')[0]).toMatchObject({
      instrument: 'MSFT.XNAS',
      instrumentClass: InstrumentClass.EQUITY,
      lotSize: 100_000_000_000n,
    });
    expect(bodies(await read('status.dbn'), 'status')[0]).toMatchObject({
      action: StatusAction.TRADING,
      isTrading: true,
      isQuoting: true,
    });
  });

  it('are the same wherever their bytes are cut', async () => {
    const bytes = plain('mbp-10.dbn');
    const expected = hashOf((await readBytes(bytes)).events);
    const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(sizes, async (pieceSizes) => {
        expect(hashOf((await readBytes(bytes, pieceSizes)).events)).toBe(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('reject a record of a kind that is not known, with its bytes, and go on', async () => {
    const bytes = Buffer.from(plain('trades.dbn'));
    const first = bytes.length - 96;
    bytes[first + 1] = 0x77;
    const { events, problems } = await readBytes(bytes);
    expect(problems).toEqual({ unknown_kind: 1 });
    expect(events.find(({ body }) => body.case === 'rejected')?.body.value).toMatchObject({
      reason: RejectReason.UNKNOWN_KIND,
      raw: bytes.subarray(first, first + 48),
    });
    expect(countsOf(events)).toMatchObject({ trade: 1 });
  });

  it('reject a record that is too short for its kind, or has no time', async () => {
    const short = Buffer.from(plain('trades.dbn'));
    short[short.length - 47] = 0xa0;
    expect((await readBytes(short)).problems).toEqual({ malformed: 1 });
    const timeless = Buffer.from(plain('trades.dbn'));
    timeless.fill(0xff, timeless.length - 40, timeless.length - 32);
    expect((await readBytes(timeless)).problems).toEqual({ bad_field: 1 });
  });

  it('fail where the next record cannot be found, are cut off, or are none', async () => {
    const bytes = Buffer.from(plain('trades.dbn'));
    await expect(readBytes(bytes.subarray(0, -5))).rejects.toThrow(/ends in the middle of a rec/);
    await expect(readBytes(bytes.subarray(0, 40))).rejects.toThrow(/ends before its records/);
    const damaged = Buffer.from(bytes);
    damaged[bytes.length - 48] = 0;
    await expect(readBytes(damaged)).rejects.toThrow(/damaged at byte \d+: a record of 0 bytes/);
    await expect(readBytes(Buffer.from('text, no DBN'))).rejects.toThrow(/is no DBN file/);
    const newer = Buffer.from(bytes);
    newer[3] = 9;
    await expect(readBytes(newer)).rejects.toThrow(/is DBN version 9; 1 to 3 can be read/);
    const packed = zstdCompressSync(bytes);
    await expect(readBytes(packed.subarray(0, -8))).rejects.toThrow(/zstd/);
  });

  it('end in an error and never otherwise, whatever their bytes are damaged to', async () => {
    const bytes = plain('definition.v3.dbn.zst');
    const place = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(place, { maxLength: 8 }), async (places) => {
        const damaged = Buffer.from(bytes);
        for (const [at, value] of places) damaged[at] = value;
        await readBytes(damaged).catch((error: Error) => {
          expect(error.message).toMatch(/^The capture file 'a' /);
        });
      }),
      { numRuns: 300 },
    );
  });
});
