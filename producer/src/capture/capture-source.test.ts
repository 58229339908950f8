import { gzipSync } from 'node:zlib';
import { asSequence } from '@feedmill/core/brand';
import { Flag } from '@feedmill/core/event';
import { AggressorSide, FeedState } from '@feedmill/proto/feedmill/v1/event_pb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_EVENTS_MAX } from './limits.ts';
import { MemoryFiles } from './testing/memory-files.ts';
import { hashOf, readEvents, sourceOf } from './testing/source-reading.ts';

const tradeLine = (id: number): string =>
  `${1_723_161_254_000_000_000 + id * 1_000_000}` +
  ` {"e":"trade","E":1723161255343,"s":"BTCUSDT","t":${id},"p":"1.5","q":"2","T":172316125${
    5000 + (id % 1000)
  },"m":true,"M":true}`;
const tradeLines = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `${tradeLine(from + index)}\n`).join('');

const SPEC = 'capture:binance:a?speed=0';
const kindsOf = (events: readonly { body: { case: string } }[]): string[] =>
  events.map((each) => each.body.case);

describe('a capture', () => {
  it('begins with CONNECTED and a DEFINITION and ends with DISCONNECTED', async () => {
    const files = new MemoryFiles({ a: tradeLines(1, 2) });
    const { source } = sourceOf(SPEC, files);
    const events = await readEvents(source);
    expect(kindsOf(events)).toEqual(['feedStatus', 'definition', 'trade', 'trade', 'feedStatus']);
    expect(events[0]).toMatchObject({
      symbol: { publisherId: 1, venue: 'BINANCE', rawSymbol: '' },
      body: { value: { state: FeedState.CONNECTED } },
    });
    expect(events[4]).toMatchObject({
      tsEvent: events[3]?.tsEvent,
      tsRecv: events[3]?.tsRecv,
      body: { value: { state: FeedState.DISCONNECTED, reason: 'end of capture' } },
    });
    expect(source.progress()).toEqual({ fraction: 1, problems: {} });
  });

  it('is one session over several files, packed or not, whatever they are called', async () => {
    const whole = new MemoryFiles({ a: tradeLines(1, 30) });
    const parts = new MemoryFiles({
      'x.gz': gzipSync(tradeLines(1, 10)),
      y: gzipSync(tradeLines(11, 20)),
      'z.log': tradeLines(21, 30),
    });
    const expected = await readEvents(sourceOf(SPEC, whole).source);
    const spec = 'capture:binance:x.gz,y,z.log?speed=0';
    expect(hashOf(await readEvents(sourceOf(spec, parts).source))).toBe(hashOf(expected));
  });

  it('reads the same from gzip data cut at any place and in several members', async () => {
    const text = tradeLines(1, 40);
    const expected = hashOf(await readEvents(sourceOf(SPEC, new MemoryFiles({ a: text })).source));
    const middle = 1234;
    const packed = Buffer.concat([gzipSync(text.slice(0, middle)), gzipSync(text.slice(middle))]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }),
        async (sizes) => {
          const { source } = sourceOf(SPEC, new MemoryFiles({ a: packed }, sizes));
          expect(hashOf(await readEvents(source))).toBe(expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('gives the same events from any number on', async () => {
    const files = new MemoryFiles({ a: tradeLines(1, 700) });
    const { source } = sourceOf(SPEC, files);
    const all = await readEvents(source);
    for (const after of [1, 2, 3, 511, 512, 513, all.length - 1, all.length]) {
      expect(hashOf(await readEvents(source, after))).toBe(hashOf(all.slice(after)));
    }
  });

  it('refuses to go on after more events than it holds', async () => {
    const { source } = sourceOf(SPEC, new MemoryFiles({ a: tradeLines(1, 2) }));
    await expect(readEvents(source, 6)).rejects.toThrow(
      /holds 5 events, but 6 of producer 'a' have been taken before.*\?producer=NAME\.$/,
    );
  });

  it('hands over full chunks at speed 0 and none beyond the limit', async () => {
    const { source } = sourceOf(SPEC, new MemoryFiles({ a: tradeLines(1, 1200) }));
    const sizes: number[] = [];
    for await (const chunk of source.events(asSequence(0), new AbortController().signal)) {
      sizes.push(chunk.length);
    }
    expect(sizes).toEqual([CHUNK_EVENTS_MAX, CHUNK_EVENTS_MAX, 1203 - 2 * CHUNK_EVENTS_MAX]);
  });

  it('counts what it cannot read by kind, says it once, and goes on', async () => {
    const bad = ['what {}', '1 {}', '2 {', '3 {', '', `5 ${'x'.repeat(5_000_000)}`, '-1 {}'];
    const files = new MemoryFiles({ a: `${bad.join('\n')}\n${tradeLines(1, 1)}` });
    const { source, warnings } = sourceOf(SPEC, files);
    const counts = { malformed: 4, unknown_kind: 1, oversized: 1 };
    for (let reading = 0; reading < 2; reading += 1) {
      expect(kindsOf(await readEvents(source))).toEqual([
        'rejected',
        'feedStatus',
        'rejected',
        'rejected',
        'rejected',
        'rejected',
        'rejected',
        'definition',
        'trade',
        'feedStatus',
      ]);
      expect(source.progress().problems).toEqual(counts);
    }
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toMatch(/^a:1: 'what' is no receive time .* not named here\.$/);
    expect(warnings[1]).toMatch(/^a:2: .*\(unknown_kind\); it is kept as a dead letter/);
  });

  it('keeps each line that it cannot read, with its text and the latest time', async () => {
    const files = new MemoryFiles({ a: `${tradeLine(1)}\n17 what\nno time\n` });
    const events = await readEvents(sourceOf(SPEC, files).source);
    const rejected = events.filter(({ body }) => body.case === 'rejected');
    expect(rejected).toMatchObject([
      { tsRecv: 17n, body: { value: { reason: 1, raw: Buffer.from('what') } } },
      { tsRecv: 17n, body: { value: { reason: 1, raw: Buffer.from('no time') } } },
    ]);
  });

  it('has no session where it holds no line that can be read', async () => {
    for (const [content, kinds] of [
      ['', []],
      ['\n\n', []],
      ['x\n', ['rejected']],
    ] as const) {
      const { source } = sourceOf(SPEC, new MemoryFiles({ a: content }));
      expect(kindsOf(await readEvents(source))).toEqual(kinds);
    }
  });

  it('hands out what comes before the end of a packed file cut off, then fails', async () => {
    const packed = gzipSync(tradeLines(1, 20_000));
    const files = new MemoryFiles({ a: packed.subarray(0, packed.length - 2000) });
    const { source } = sourceOf(SPEC, files);
    let count = 0;
    const reading = async (): Promise<void> => {
      const events = source.events(asSequence(0), new AbortController().signal);
      for await (const chunk of events) count += chunk.length;
    };
    await expect(reading()).rejects.toThrow(/'a' ends in the middle of its gzip data/);
    expect(count).toBeGreaterThan(15_000);
  });

  it('fails on damaged gzip data, on text called .gz, and on a missing file', async () => {
    const damaged = gzipSync(tradeLines(1, 2000));
    damaged[100] = (damaged[100] as number) ^ 0xff;
    const files = new MemoryFiles({ a: damaged, 'b.gz': tradeLines(1, 1) });
    await expect(readEvents(sourceOf(SPEC, files).source)).rejects.toThrow(/'a' is not valid gzip/);
    const named = sourceOf('capture:binance:b.gz?speed=0', files).source;
    await expect(readEvents(named)).rejects.toThrow(/'b.gz' is not valid gzip/);
    const missing = sourceOf('capture:binance:c?speed=0', files).source;
    await expect(readEvents(missing)).rejects.toThrow(/'c' does not exist/);
  });

  it('ends quietly when it is aborted', async () => {
    const files = new MemoryFiles({ a: gzipSync(tradeLines(1, 20_000)) }, [100]);
    const { source } = sourceOf(SPEC, files);
    const abort = new AbortController();
    let chunks = 0;
    for await (const _chunk of source.events(asSequence(0), abort.signal)) {
      chunks += 1;
      abort.abort();
    }
    expect(chunks).toBe(1);
    expect(source.progress().fraction).toBeLessThan(1);
  });
});

describe('a Gemini capture', () => {
  const HEADER = 'time_seconds,price,size,is_buyer_maker\n';

  it('maps rows with exact times and numbers, each file under its header', async () => {
    const files = new MemoryFiles({
      'gemini__eth-usd__1.csv': `${HEADER}1625097621.647,2278.15,0.0409,1\n`,
      'gemini__eth-usd__2.csv': `${HEADER}1625097647.087,2272,3.6456,0`,
    });
    const spec = 'capture:gemini-csv:gemini__eth-usd__1.csv,gemini__eth-usd__2.csv?speed=0';
    const events = await readEvents(sourceOf(spec, files).source);
    expect(kindsOf(events)).toEqual(['feedStatus', 'definition', 'trade', 'trade', 'feedStatus']);
    expect(events[1]?.body.value).toMatchObject({
      instrument: 'ETHUSD.GEMINI',
      base: 'ETH',
      quote: 'USD',
    });
    expect(events[2]).toMatchObject({
      symbol: { venue: 'GEMINI', rawSymbol: 'ETHUSD' },
      tsEvent: 1_625_097_621_647_000_000n,
      tsRecv: 1_625_097_621_647_000_000n,
      flags: Flag.LAST | Flag.BAD_TS_RECV,
      body: {
        value: {
          price: 2_278_150_000_000,
          size: 40_900_000,
          aggressorSide: AggressorSide.SELL,
          tradeId: '',
        },
      },
    });
    expect(events[2]).not.toHaveProperty('sequence');
    expect(events[3]?.body.value).toMatchObject({ aggressorSide: AggressorSide.BUY });
  });

  it('rejects rows that are none', async () => {
    const rows = ['1,2,3', '1,2,3,4', '1,2,x,0', ',,,', '1,2,3,0,9', '1,2,3,0'].join('\n');
    const files = new MemoryFiles({ a: HEADER + rows });
    const { source } = sourceOf('capture:gemini-csv:a?speed=0&symbol=BTC-EUR', files);
    const events = await readEvents(source);
    expect(kindsOf(events).filter((kind) => kind !== 'rejected')).toEqual([
      'feedStatus',
      'definition',
      'trade',
      'feedStatus',
    ]);
    expect(source.progress().problems).toEqual({ bad_field: 5 });
  });
});
