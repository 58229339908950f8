// The live connectors against a real websocket server that plays recorded sessions, and cuts,
// stalls, repeats and reorders them.

import type { FeedEvent } from '@feedmill/core/event';
import { gapsOf } from '@feedmill/producer/capture/testing/event-counts';
import { readEvents, sourceOf } from '@feedmill/producer/capture/testing/source-reading';
import { GapCause, GapRepair, RejectReason } from '@feedmill/proto/feedmill/v1/event_pb';
import { afterEach, describe, expect, it } from 'vitest';
import { LiveReading, MemoryState } from './harness/live-reading.ts';
import {
  hasRecordedData,
  NEEDS_RECORDED_DATA,
  recordedAnswers,
  recordedMessages,
} from './harness/recorded-session.ts';
import { type VenueConnection, type VenueScript, VenueServer } from './harness/venue-server.ts';
import { pause, until } from './harness/waiting.ts';

const open: { close?: () => Promise<void>; stop?: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await (each.stop?.() ?? each.close?.());
});

async function venue(script: VenueScript): Promise<VenueServer> {
  const server = await VenueServer.open(script);
  open.push(server);
  return server;
}

function reading(spec: string, options = {}): LiveReading {
  const made = new LiveReading(spec, options);
  open.push(made);
  return made;
}

/** Bodies of a kind without what differs between a capture and a live feed: nothing of them. */
const bodiesOf = (events: readonly FeedEvent[], kind: string): unknown[] =>
  events
    .filter(({ body }) => body.case === kind)
    .map(({ body, symbol }) => [symbol.rawSymbol, body]);

// An order book of HitBTC: numbers of its own, so that a test can leave some out.
const update = (sequence: number, size = '1'): string =>
  JSON.stringify({
    method: 'updateOrderbook',
    params: {
      ask: [],
      bid: [{ price: '1', size }],
      sequence,
      symbol: 'X',
      timestamp: new Date(1_700_000_000_000 + sequence).toISOString(),
    },
  });
const snapshot = (sequence: number): string =>
  JSON.stringify({
    method: 'snapshotOrderbook',
    params: {
      ask: [{ price: '2', size: '1' }],
      bid: [{ price: '1', size: '1' }],
      sequence,
      symbol: 'X',
      timestamp: new Date(1_700_000_000_000 + sequence).toISOString(),
    },
  });
const updates = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => update(from + index));
const HITBTC = 'live:hitbtc?symbols=X';
const subscribed = (connection: VenueConnection): Promise<string> =>
  connection.hears(/orderbook\/full/);
const depth = (each: LiveReading): number => each.of('bookDelta').length;

describe.skipIf(!hasRecordedData())(
  `recorded sessions, played live (${NEEDS_RECORDED_DATA})`,
  () => {
    it.each([
      ['BINANCE', 'BINANCE.ws.1.0', 'NKNUSDT,BLZETH,LRCBTC,RUNEEUR'],
      ['BITFINEX', 'BITFINEX.ws.11.0', 'tBFTUSD'],
      ['BITSTAMP', 'BITSTAMP.ws.1.0', 'ethusd,batbtc'],
      ['BYBIT', 'BYBIT.ws.26.0', 'BTCUSD'],
      ['COINBASE', 'COINBASE.ws.28.0', 'SKL-BTC'],
      ['DERIBIT', 'DERIBIT.ws.1.0', 'BTC-24SEP21-8000-P'],
      ['DYDX', 'DYDX.ws.1.0', 'ETH-USD'],
      ['GEMINI', 'GEMINI.ws.1.0', 'ALCXUSD'],
      ['HITBTC', 'HITBTC.ws.1.0', 'EURSUSD'],
      ['KRAKEN', 'KRAKEN.ws.50.0', 'XMR/USD'],
      ['KUCOIN', 'KUCOIN.ws.1.0', 'SNX-BTC'],
      ['OKX', 'OKX.ws.1.0', 'BTC-USDT'],
    ])(
      '%s: the connector makes of it what the capture makes of it',
      async (name, file, symbols) => {
        const messages = recordedMessages(file);
        const answers = recordedAnswers(`${name}.0`);
        const [list] = answers.values();
        const server: VenueServer = await venue({
          play: async (connection) => connection.sendAll(messages),
          rest: (path) => {
            if (path.includes('bullet-public')) {
              const endpoint = `ws://127.0.0.1:${server.port}/endpoint`;
              const data = { token: 'TOKEN', instanceServers: [{ endpoint }] };
              return { body: JSON.stringify({ data }) };
            }
            return list === undefined || /order_?book|depth/.test(path)
              ? undefined
              : { body: list };
          },
        });
        const spec = `live:${name.toLowerCase()}?symbols=${symbols}&${server.parameters}`;
        const live = reading(spec);
        const path = sourceOf(
          `capture:cryptofeed:../shared/data/websocket/${file}?speed=0&venue=${name.toLowerCase()}`,
        );
        const captured = await readEvents(path.source);
        for (const kind of ['trade', 'bookDelta']) {
          const expected = bodiesOf(captured, kind);
          await live.until(
            `all of kind ${kind}`,
            (each) => each.of(kind as 'trade').length >= expected.length,
          );
          expect(bodiesOf(live.events, kind)).toEqual(expected);
        }
        await live.stop();
        expect(live.statuses.filter((status) => status !== 'RESYNCING')).toEqual([
          'CONNECTED',
          'DISCONNECTED',
        ]);
        expect(server.failure).toBeUndefined();
      },
    );

    it('HitBTC on four lines: 2,148 numbered messages are 533, though one is cut', async () => {
      const sessions = [1, 2, 3, 4].map((line) => recordedMessages(`HITBTC.ws.${line}.0`));
      const server = await venue({
        play: async (connection) => {
          const messages = sessions[connection.index];
          // A line that comes back after its cut has nothing to say.
          if (messages === undefined) return;
          for (const [place, message] of messages.entries()) {
            await connection.send(message);
            if (place % 50 === connection.index) await pause(1);
            if (connection.index === 2 && place === 600) connection.cut();
          }
        },
      });
      const live = reading(`live:hitbtc?symbols=EURSUSD&lines=4&${server.parameters}`);
      const isKeyed = ({ body, channelId = 0, sequence }: FeedEvent): boolean =>
        channelId % 8 === 3 && (sequence !== undefined || body.case === 'bookSnapshot');
      await live.until('533 of them', (each) => each.events.filter(isKeyed).length >= 533);
      await pause(300);
      expect(live.events.filter(isKeyed)).toHaveLength(533);
      expect(gapsOf(live.events).gaps).toEqual([]);
      await live.stop();
      expect(live.statuses).toEqual(['CONNECTED', 'DISCONNECTED']);
    });
  },
);

describe('a live feed', () => {
  it('comes back when it is cut, and its numbers show exactly what is missing', async () => {
    const server = await venue({
      play: async (connection) => {
        await subscribed(connection);
        const isFirst = connection.index === 0;
        await connection.sendAll(isFirst ? [snapshot(1), ...updates(2, 50)] : updates(58, 60));
        if (isFirst) connection.cut();
      },
    });
    const live = reading(`${HITBTC}&${server.parameters}`);
    await live.until('the rest', (each) => depth(each) === 52);
    await live.stop();
    expect(live.statuses).toEqual(['CONNECTED', 'DISCONNECTED', 'CONNECTED', 'DISCONNECTED']);
    expect(live.of('feedStatus').map(({ body }) => body.value)).toMatchObject([
      { gapCause: GapCause.UNSPECIFIED },
      { gapCause: GapCause.NETWORK, reason: expect.stringMatching(/1006|reset/) },
      { gapCause: GapCause.NETWORK },
      { gapCause: GapCause.RESTART, reason: 'the source was stopped' },
    ]);
    expect(gapsOf(live.events).gaps).toMatchObject([{ firstMissing: 51, lastMissing: 57 }]);
  });

  it('takes what is repeated and reordered over two lines once and in order', async () => {
    const server = await venue({
      play: async (connection) => {
        await subscribed(connection);
        if (connection.index === 0) await connection.send(snapshot(1));
        const all = updates(2, 200);
        // Each line leaves out others, and sends some twice.
        const kept = all.filter((_, place) => place % 7 !== connection.index * 3);
        for (const [place, text] of kept.entries()) {
          await connection.send(text);
          if (place % 5 === 0) await connection.send(text);
          if (place % 40 === 0) await pause(1);
        }
      },
    });
    const live = reading(`${HITBTC}&lines=2&${server.parameters}`);
    await live.until('all of them', (each) => depth(each) === 199);
    const numbers = live.of('bookDelta').map(({ sequence }) => sequence);
    expect(numbers).toEqual(Array.from({ length: 199 }, (_, index) => index + 2));
    expect(live.problems['ignored_copy']).toBeGreaterThan(100);
  });

  it('is stale when it is silent for longer than usual, until it speaks', async () => {
    let speak: () => void = () => undefined;
    const silence = new Promise<void>((resolve) => {
      speak = resolve;
    });
    const server = await venue({
      play: async (connection) => {
        await subscribed(connection);
        await connection.send(snapshot(1));
        for (const text of updates(2, 102)) {
          await connection.send(text);
          await pause(2);
        }
        await silence;
        await connection.send(update(103));
      },
    });
    const live = reading(`${HITBTC}&${server.parameters}`);
    await live.until('it is stale', (each) => each.statuses.includes('STALE'));
    speak();
    await live.until('it flows again', (each) => depth(each) === 102);
    expect(live.statuses).toEqual(['CONNECTED', 'STALE', 'CONNECTED']);
    const stale = live.of('feedStatus')[1]?.body.value as { receiveAgeNs: bigint };
    expect(Number(stale.receiveAgeNs)).toBeGreaterThan(2e9);
  });

  it('opens an epoch when the numbers of the venue start over', async () => {
    const server = await venue({
      play: async (connection) => {
        await subscribed(connection);
        await connection.sendAll([snapshot(100), ...updates(101, 120)]);
        const later = (text: string): string => text.replaceAll('2023-', '2024-');
        await connection.sendAll([snapshot(1), ...updates(2, 5)].map(later));
      },
    });
    const live = reading(`${HITBTC}&${server.parameters}`);
    await live.until('all of them', (each) => depth(each) === 24);
    expect(live.of('bookDelta').map(({ epoch = 0 }) => epoch)).toEqual([
      ...Array<number>(20).fill(0),
      ...Array<number>(4).fill(1),
    ]);
    expect(gapsOf(live.events).gaps).toEqual([]);
  });

  it('asks for a snapshot when a number is missing, and the book stands again', async () => {
    const server = await venue({
      play: async (connection) => {
        await subscribed(connection);
        await connection.sendAll([snapshot(1), ...updates(2, 5), ...updates(9, 10)]);
        await connection.hears(/"unsubscribe"/);
        await connection.sendAll([snapshot(12), ...updates(13, 15)]);
      },
    });
    const live = reading(`${HITBTC}&${server.parameters}`);
    await live.until('all of them', (each) => depth(each) === 9);
    expect(live.statuses).toEqual(['CONNECTED', 'RESYNCING']);
    const doubtful = live.of('bookDelta').map(({ flags = 0 }) => (flags & 4) !== 0);
    expect(doubtful).toEqual([...Array(4).fill(false), true, true, ...Array(3).fill(false)]);
  });

  it('keeps every frame that it cannot read', async () => {
    const frames = [
      '{"method":',
      '{"method":"fish","params":{}}',
      update(3, '-1'),
      update(4, '1e-12'),
    ];
    const server = await venue({
      play: async (connection) => {
        await subscribed(connection);
        await connection.sendAll([snapshot(2), ...frames, update(5)]);
      },
    });
    const live = reading(`${HITBTC}&${server.parameters}`);
    await live.until('the last', (each) => depth(each) === 1);
    expect(live.of('rejected').map(({ body }) => body.value)).toMatchObject([
      { reason: RejectReason.MALFORMED, raw: Buffer.from(frames[0] as string) },
      { reason: RejectReason.UNKNOWN_KIND },
      { reason: RejectReason.BAD_FIELD },
      { reason: RejectReason.NUMBER_INEXACT },
    ]);
    expect(live.warnings).toHaveLength(4);
    expect(gapsOf(live.events).gaps).toEqual([]);
  });

  it('goes on after a restart with the same channels, and a gap says why', async () => {
    const state = new MemoryState();
    let from = 2;
    const server = await venue({
      play: async (connection) => {
        await subscribed(connection);
        await connection.sendAll([snapshot(from - 1), ...updates(from, from + 9)]);
      },
    });
    const spec = `live:hitbtc?symbols=Y,X&${server.parameters}`;
    const first = reading(spec, { state });
    await first.until('all of them', (each) => depth(each) === 10);
    await first.stop();
    from = 20;
    const second = reading(`live:hitbtc?symbols=X&${server.parameters}`, { state, after: 12 });
    await second.until('all of them', (each) => depth(each) === 10);
    const all = [...first.events, ...second.events];
    const channels = new Set(
      all
        .filter(({ body }) => body.case === 'bookDelta')
        .map((each) => `${each.sessionId} ${each.channelId}`),
    );
    expect(channels.size).toBe(1);
    expect(second.of('feedStatus')[0]?.body.value).toMatchObject({ gapCause: GapCause.RESTART });
  });

  it('waits for a snapshot as long as the venue asks it to', async () => {
    const delta = (from: number, to: number): string =>
      JSON.stringify({
        e: 'depthUpdate',
        E: 1_700_000_000_000 + from,
        s: 'X',
        U: from,
        u: to,
        b: [['1', String(from)]],
        a: [],
      });
    const book = { lastUpdateId: 12, bids: [['1', '5']], asks: [['2', '5']] };
    const server = await venue({
      play: async (connection) => {
        await connection.sendAll([delta(10, 11), delta(12, 14), delta(15, 20)]);
      },
      rest: (path, count) => {
        if (!path.includes('/depth')) return { body: '{"symbols":[]}' };
        return count === 1
          ? { status: 429, headers: { 'retry-after': '2' }, body: 'slowly' }
          : { body: JSON.stringify(book) };
      },
    });
    const live = reading(`live:binance?symbols=X&${server.parameters}`);
    await live.until('a book', (each) => each.of('bookSnapshot').length === 1);
    const asked = server.requests.filter(({ path }) => path.includes('/depth'));
    expect((asked[1]?.atMs ?? 0) - (asked[0]?.atMs ?? 0)).toBeGreaterThan(1900);
    // Brought up to the changes that were sent before it.
    expect(live.of('bookSnapshot')[0]?.body.value).toMatchObject({
      bids: [{ price: 1_000_000_000, size: 15_000_000_000 }],
      asOfSequence: 20,
    });
  });

  it('loses nothing while nobody takes its events, as long as the venue bears it', async () => {
    const server = await venue({
      play: async (connection) => {
        await subscribed(connection);
        await connection.sendAll([snapshot(1), ...updates(2, 150_001)]);
      },
    });
    const live = reading(`${HITBTC}&${server.parameters}`);
    live.hold();
    await pause(3000);
    expect(live.events.length).toBeLessThan(2000);
    live.release();
    await live.until('all of them', (each) => depth(each) === 150_000);
    expect(gapsOf(live.events).gaps).toEqual([]);
    expect(live.statuses).toEqual(['CONNECTED']);
  });

  it('records an overflow when nobody takes its events for too long', async () => {
    const server = await venue({
      play: async (connection) => {
        await subscribed(connection);
        if (connection.index === 0) {
          await connection.send(snapshot(1));
          for (let next = 2; !connection.isClosed; next += 1) await connection.send(update(next));
        } else {
          await connection.sendAll([snapshot(1_000_001), ...updates(1_000_002, 1_000_011)]);
        }
      },
    });
    const live = reading(`${HITBTC}&${server.parameters}`);
    live.hold();
    await until(
      'the feed gives the connection up',
      () => server.connections[0]?.isClosed === true,
      {
        withinMs: 60_000,
      },
    );
    live.release();
    await live.until(
      'the second connection',
      (each) => each.events.at(-1)?.sequence === 1_000_011,
      60_000,
    );
    expect(live.statuses).toEqual(['CONNECTED', 'DISCONNECTED', 'CONNECTED']);
    expect(live.of('feedStatus')[1]?.body.value).toMatchObject({ gapCause: GapCause.OVERFLOW });
    const numbered = live.of('bookDelta').map(({ sequence }) => Number(sequence));
    const last = Math.max(...numbered.filter((number) => number < 1_000_000));
    const replaced = { firstMissing: BigInt(last + 1), lastMissing: 1_000_001n };
    expect(live.of('gap').map(({ body }) => body.value)).toMatchObject([
      { cause: GapCause.OVERFLOW, firstMissing: 1n, lastMissing: 1n },
      { cause: GapCause.OVERFLOW, repairedBy: GapRepair.NONE, ...replaced },
      { cause: GapCause.OVERFLOW, repairedBy: GapRepair.SNAPSHOT, ...replaced },
    ]);
    expect(gapsOf(live.events).gaps).toEqual([]);
  });
});
