// Lines of JSON and FIX drop copies, from real TCP servers on loopback.

import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { FeedEvent } from '@feedmill/core/event';
import { gapsOf } from '@feedmill/producer/capture/testing/event-counts';
import { GapCause, GapRepair, RejectReason } from '@feedmill/proto/feedmill/v1/event_pb';
import { afterEach, describe, expect, it } from 'vitest';
import { FixAcceptor } from './harness/fix-acceptor.ts';
import { LiveReading, MemoryState } from './harness/live-reading.ts';
import { pause } from './harness/waiting.ts';

const open: { close?: () => Promise<void>; stop?: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await (each.stop?.() ?? each.close?.());
});

function reading(spec: string, options = {}): LiveReading {
  const made = new LiveReading(spec, options);
  open.push(made);
  return made;
}

async function acceptor(): Promise<FixAcceptor> {
  const made = await FixAcceptor.open();
  open.push(made);
  return made;
}

const spec = (broker: FixAcceptor, more = ''): string =>
  `tcp:${broker.address}?format=fix&sender=DESK&target=BROKER&venue=XPAR${more}`;
const fill = (id: number): (readonly [number, string])[] => [
  [37, 'O1'],
  [17, `E${id}`],
  [150, 'F'],
  [39, '1'],
  [55, 'AIR'],
  [54, '1'],
  [38, '100'],
  [31, '150.25'],
  [32, '1'],
  [60, '20250106-14:30:00.123'],
];
const fillsOf = (events: readonly FeedEvent[]): string[] =>
  events.flatMap(({ body }) => (body.case === 'orderEvent' ? [body.value.tradeId ?? ''] : []));
const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => `E${from + at}`);
const sendFills = (broker: FixAcceptor, from: number, to: number, isLost = false): void => {
  for (let id = from; id <= to; id += 1) broker.send('8', fill(id), isLost);
};
const bodiesOf = (read: LiveReading, kind: FeedEvent['body']['case']): unknown[] =>
  read.of(kind).map(({ body }) => body.value);

describe('a FIX drop copy', () => {
  it('logs on, takes reports, answers a TestRequest and keeps its heartbeat', async () => {
    const broker = await acceptor();
    const read = reading(spec(broker, '&heartbeat=1'));
    await broker.hears(/35=A.*49=DESK.*56=BROKER.*34=1\|.*98=0\|108=1/);
    sendFills(broker, 1, 3);
    broker.sendAdmin('1', [[112, 'are you there']]);
    await broker.hears(/35=0.*112=are you there/);
    await broker.hears(/35=0\|/, 2);
    await read.until('three fills', (each) => fillsOf(each.events).length === 3);
    await read.stop();
    await broker.hears(/35=5\|/);
    expect(fillsOf(read.events)).toEqual(range(1, 3));
    expect(read.statuses).toEqual(['CONNECTED', 'DISCONNECTED']);
    expect(read.of('gap')).toEqual([]);
  });

  it('has sent again what was lost on the way, and the gap is repaired', async () => {
    const broker = await acceptor();
    const read = reading(spec(broker));
    await broker.hears(/35=A/);
    sendFills(broker, 1, 2);
    sendFills(broker, 3, 5, true);
    broker.sendGarbled('8', fill(6));
    sendFills(broker, 7, 9);
    await read.until('all of them', (each) => fillsOf(each.events).length === 9);
    await read.until('the repair', (each) => each.of('gap').length === 2);
    expect(fillsOf(read.events)).toEqual(range(1, 9));
    // The logon is number 1.
    const bounds = { firstMissing: 4n, lastMissing: 7n, cause: GapCause.NETWORK };
    expect(bodiesOf(read, 'gap')).toMatchObject([
      { ...bounds, repairedBy: GapRepair.NONE },
      { ...bounds, repairedBy: GapRepair.RETRANSMIT },
    ]);
    expect(bodiesOf(read, 'rejected')).toMatchObject([{ reason: RejectReason.MALFORMED }]);
  });

  it('comes back when it is cut, and takes what was sent meanwhile', async () => {
    const broker = await acceptor();
    const read = reading(spec(broker));
    await broker.hears(/35=A/);
    sendFills(broker, 1, 2);
    await read.until('two', (each) => fillsOf(each.events).length === 2);
    broker.cut();
    sendFills(broker, 3, 6, true);
    await read.until('all of them', (each) => fillsOf(each.events).length === 6);
    sendFills(broker, 7, 7);
    await read.until('one more', (each) => fillsOf(each.events).length === 7);
    expect(fillsOf(read.events)).toEqual(range(1, 7));
    expect(read.statuses).toEqual(['CONNECTED', 'DISCONNECTED', 'CONNECTED']);
  });

  it('takes exactly what no worker has after it was killed', async () => {
    const broker = await acceptor();
    const state = new MemoryState();
    const first = reading(spec(broker), { state });
    await broker.hears(/35=A/);
    sendFills(broker, 1, 10);
    await first.until('ten', (each) => fillsOf(each.events).length === 10);
    await first.stop();
    // CONNECTED, the definition and four fills were taken; the buffer with the rest is gone.
    const second = reading(spec(broker), { state, after: 6 });
    await second.until('the rest', (each) => fillsOf(each.events).length === 6);
    await pause(300);
    expect(fillsOf(second.events)).toEqual(range(5, 10));
    expect(bodiesOf(second, 'feedStatus')[0]).toMatchObject({ gapCause: GapCause.RESTART });
    expect(bodiesOf(second, 'gap')[0]).toMatchObject({ cause: GapCause.RESTART, firstMissing: 6n });
  });

  it('asks a side that is silent for a sign of life, and gives it up', async () => {
    const broker = await acceptor();
    const read = reading(spec(broker, '&heartbeat=1'));
    await read.until('it is connected', (each) => each.statuses.includes('CONNECTED'));
    broker.isSilent = true;
    await broker.hears(/35=1\|/);
    await read.until('it gives up', (each) => each.statuses.includes('DISCONNECTED'));
    expect(bodiesOf(read, 'feedStatus').at(-1)).toMatchObject({ reason: 'no heartbeat' });
  });

  it('opens an epoch when the numbers start over', async () => {
    const broker = await acceptor();
    const read = reading(spec(broker, '&reset=yes'));
    const book = (price: string): (readonly [number, string])[] => [
      [268, '1'],
      [279, '0'],
      [269, '0'],
      [55, 'AIR'],
      [270, price],
      [271, '1'],
    ];
    await broker.hears(/35=A.*141=Y/);
    broker.send('X', book('150'));
    await read.until('a change', (each) => each.of('bookDelta').length === 1);
    broker.cut();
    await broker.hears(/35=A.*141=Y/, 2);
    broker.send('X', book('151'));
    await read.until('another', (each) => each.of('bookDelta').length === 2);
    expect(read.of('bookDelta').map(({ epoch, sequence }) => [epoch, sequence])).toEqual([
      [0, 2],
      [1, 2],
    ]);
  });

  it('keeps each message that it cannot read, and goes on', async () => {
    const broker = await acceptor();
    const read = reading(spec(broker));
    await broker.hears(/35=A/);
    broker.send('8', [...fill(1).filter(([tag]) => tag !== 54), [54, 'up']]);
    broker.send('8', [...fill(2).filter(([tag]) => tag !== 31), [31, '1e-12']]);
    broker.send('AE', [[55, 'AIR']]);
    sendFills(broker, 3, 3);
    await read.until('the last', (each) => fillsOf(each.events).length === 1);
    expect(bodiesOf(read, 'rejected')).toMatchObject(
      [
        { reason: RejectReason.BAD_FIELD, detail: /tag 54 is 'up'/ },
        { reason: RejectReason.NUMBER_INEXACT },
        { reason: RejectReason.UNKNOWN_KIND },
      ].map(({ reason }) => ({ reason })),
    );
    expect(read.of('gap')).toEqual([]);
  });
});

describe('lines of JSON', () => {
  async function server(play: (socket: Socket, index: number) => void): Promise<string> {
    let count = 0;
    const sockets: Socket[] = [];
    const listening = createServer((socket) => {
      socket.on('error', () => undefined);
      sockets.push(socket);
      play(socket, count);
      count += 1;
    });
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    open.push({
      close: async () => {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => listening.close(resolve));
      },
    });
    return `tcp:127.0.0.1:${(listening.address() as AddressInfo).port}?venue=DESK`;
  }
  const line = (sequence: number, more: object = {}): string =>
    `${JSON.stringify({
      rtype: 'TRADE',
      symbol: 'AIR',
      ts_event: '1736173800000000000',
      sequence,
      price: '150.25',
      size: 3,
      trade_id: `T${sequence}`,
      aggressor_side: 'BUY',
      ...more,
    })}\n`;
  const lines = (from: number, to: number): string =>
    Array.from({ length: to - from + 1 }, (_, at) => line(from + at)).join('');

  it('become trades, quotes and order events, each number of them exact', async () => {
    const quote = { rtype: 'QUOTE', bid_px: 1.1, bid_sz: '2', trade_id: undefined };
    const order = {
      rtype: 'ORDER_EVENT',
      order_id: 'O1',
      action: 'FILL',
      side: 'SELL',
      order_type: 'LIMIT',
      time_in_force: 'DAY',
      last_price: '150',
      last_size: '1',
    };
    const read = reading(
      await server((socket) => {
        socket.write(line(1) + line(2, quote) + line(3, order));
      }),
    );
    await read.until('three', (each) => each.of('orderEvent').length === 1);
    expect(read.of('trade')).toMatchObject([
      {
        tsEvent: 1_736_173_800_000_000_000n,
        body: { value: { price: 150_250_000_000, tradeId: 'T1' } },
      },
    ]);
    expect(bodiesOf(read, 'quote')).toMatchObject([
      { bidPx: 1_100_000_000, bidSz: 2_000_000_000, askSz: 0 },
    ]);
    expect(bodiesOf(read, 'orderEvent')).toMatchObject([
      { action: 4, side: 2, lastPrice: 150_000_000_000n },
    ]);
  });

  it('show what a cut has taken, and open an epoch when their numbers start over', async () => {
    const plays = [lines(1, 5), lines(9, 10), lines(1, 2)];
    const read = reading(
      await server((socket, index) => {
        socket.write(plays[index] ?? '');
        if (index < 2) socket.end();
      }),
    );
    await read.until('all of them', (each) => each.of('trade').length === 9);
    expect(gapsOf(read.events).gaps).toMatchObject([{ firstMissing: 6, lastMissing: 8 }]);
    expect(read.of('trade').map(({ epoch }) => epoch)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1]);
    expect(bodiesOf(read, 'feedStatus')).toMatchObject([
      { gapCause: GapCause.UNSPECIFIED },
      { gapCause: GapCause.NETWORK },
      { gapCause: GapCause.NETWORK },
      { gapCause: GapCause.NETWORK },
      { gapCause: GapCause.NETWORK },
    ]);
  });

  it('that cannot be read are kept with their numbers, and a cut line too', async () => {
    const bad = [
      '{"rtype":\n',
      line(2, { price: 'much' }),
      line(3, { rtype: 'FISH' }),
      `{"rtype":"TRADE","sequence":4,"pad":"${'x'.repeat(1024 * 1024)}"}\n`,
      line(4, { size: '1e-10' }),
    ];
    const read = reading(
      await server((socket, index) => {
        if (index > 0) return;
        socket.end(line(1) + bad.join('') + line(5) + line(6).slice(0, 40));
      }),
    );
    await read.until('the last', (each) => each.of('rejected').length === 6);
    expect(bodiesOf(read, 'rejected')).toMatchObject([
      { reason: RejectReason.MALFORMED },
      { reason: RejectReason.BAD_FIELD },
      { reason: RejectReason.UNKNOWN_KIND },
      { reason: RejectReason.OVERSIZED },
      { reason: RejectReason.NUMBER_INEXACT },
      { reason: RejectReason.MALFORMED, detail: 'a line that was cut off' },
    ]);
    expect(read.of('trade')).toHaveLength(2);
    expect(gapsOf(read.events).gaps).toEqual([]);
  });

  it('wait on the way while nobody takes them, and none is lost', async () => {
    const read = reading(
      await server((socket) => {
        for (let from = 1; from <= 100_000; from += 1_000) socket.write(lines(from, from + 999));
      }),
    );
    read.hold();
    await pause(2_000);
    expect(read.events.length).toBeLessThan(2_000);
    read.release();
    await read.until('all of them', (each) => each.of('trade').length === 100_000);
    expect(gapsOf(read.events).gaps).toEqual([]);
  });
});
