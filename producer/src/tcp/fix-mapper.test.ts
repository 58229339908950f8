import type { FeedEvent } from '@feedmill/core/event';
import {
  OrderAction,
  OrderSide,
  OrderType,
  TimeInForce,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { SourceProblems } from '../net/source-problems.ts';
import { encodeFix, FixFrames, type FixMessage } from './fix-frames.ts';
import { FixEvents } from './fix-mapper.ts';

type Fields = readonly (readonly [number, string | number])[];

function messageOf(fields: Fields): FixMessage {
  const frames = new FixFrames();
  frames.push(Buffer.from(encodeFix(fields)));
  return frames.next() as FixMessage;
}

function read(fields: Fields): { events: readonly FeedEvent[]; problems: SourceProblems } {
  const problems = new SourceProblems('x', () => undefined);
  const context = { tsRecv: 5n, sequence: 7, epoch: 0, sessionId: 's' };
  return { events: new FixEvents('XPAR', problems).read(messageOf(fields), context), problems };
}

const report = (changed: Record<number, string>): Fields => {
  const fields = {
    35: '8',
    34: '7',
    52: '20250106-14:30:00.500',
    37: 'O1',
    11: 'C1',
    1: 'ACC',
    17: 'E1',
    150: '0',
    39: '0',
    55: 'AIR',
    54: '1',
    40: '2',
    59: '0',
    44: '150.25',
    38: '100',
    151: '100',
    60: '20250106-14:30:00.123456789',
    ...changed,
  };
  return Object.entries(fields).flatMap(([tag, value]) =>
    value === '' ? [] : [[Number(tag), value]],
  );
};
const orderOf = (changed: Record<number, string>): unknown =>
  read(report(changed)).events.at(-1)?.body.value;

describe('an ExecutionReport', () => {
  it('is an order event with every field and the time of its transaction', () => {
    expect(read(report({})).events).toMatchObject([
      { body: { case: 'definition', value: { instrument: 'AIR.XPAR' } } },
      {
        tsEvent: 1_736_173_800_123_456_789n,
        body: {
          case: 'orderEvent',
          value: {
            orderId: 'O1',
            clientOrderId: 'C1',
            account: 'ACC',
            action: OrderAction.ACCEPTED,
            side: OrderSide.BUY,
            orderType: OrderType.LIMIT,
            timeInForce: TimeInForce.DAY,
            price: 150_250_000_000n,
            size: 100_000_000_000n,
            leavesSize: 100_000_000_000n,
            tradeId: '',
          },
        },
      },
    ]);
  });

  it.each([
    [
      { 150: 'F', 39: '1', 31: '150', 32: '40' },
      { action: OrderAction.PARTIAL_FILL, lastSize: 40_000_000_000n, tradeId: 'E1' },
    ],
    [
      { 150: 'F', 39: '2', 31: '150', 32: '60' },
      { action: OrderAction.FILL, lastPrice: 150_000_000_000n },
    ],
    [{ 150: 'A' }, { action: OrderAction.NEW }],
    [{ 150: '4' }, { action: OrderAction.CANCEL }],
    [{ 150: '5' }, { action: OrderAction.REPLACE }],
    [
      { 150: '8', 58: 'no limit left' },
      { action: OrderAction.REJECT, reason: 'no limit left' },
    ],
    [{ 150: 'C' }, { action: OrderAction.EXPIRE }],
    [
      { 54: '5', 59: '3', 40: '1' },
      { side: OrderSide.SELL, timeInForce: TimeInForce.IOC, orderType: OrderType.MARKET },
    ],
  ])('is what its ExecType says: row %#', (changed, expected) => {
    expect(orderOf(changed as Record<number, string>)).toMatchObject(expected);
  });

  it.each([
    [{ 150: 'H' }, 'unknown_kind', /ExecType \(150\) 'H'/],
    [{ 54: 'X' }, 'bad_field', /tag 54 is 'X'/],
    [{ 37: '' }, 'bad_field', /tag 37 is missing/],
    [{ 44: '0.0000000001' }, 'number_inexact', /at most nine places/],
    [{ 60: 'now' }, 'bad_field', /tag 60 is 'now' where a time like/],
  ])('that cannot be read is refused: row %#', (changed, kind, why) => {
    expect(() => orderOf(changed as Record<number, string>)).toThrow(
      expect.objectContaining({ kind, message: expect.stringMatching(why) }),
    );
  });

  it('that is no step of an order is counted and left', () => {
    const { events, problems } = read(report({ 150: 'I' }));
    expect(events).toEqual([]);
    expect(problems.counts()).toEqual({ ignored_exec_type_I: 1 });
  });
});

describe('market data', () => {
  const head: Fields = [
    [35, 'X'],
    [34, 7],
    [52, '20250106-14:30:00.500'],
  ];

  it('is one change of a book an instrument, and a trade each', () => {
    const { events } = read([
      ...head,
      [268, 4],
      [279, 0],
      [269, 0],
      [55, 'AIR'],
      [270, '150'],
      [271, '10'],
      [279, 2],
      [269, 1],
      [270, '151'],
      [279, 0],
      [269, 2],
      [278, 'T1'],
      [55, 'BNP'],
      [270, '60.5'],
      [271, '3'],
      [273, '14:30:00.100'],
      [279, 1],
      [269, 0],
      [55, 'BNP'],
      [270, '60'],
      [271, '7'],
    ]);
    expect(events.filter(({ body }) => body.case !== 'definition')).toMatchObject([
      {
        symbol: { rawSymbol: 'AIR' },
        sequence: 7,
        body: {
          value: {
            changes: [
              { action: 1, side: 1, price: 150_000_000_000, size: 10_000_000_000 },
              { action: 3, side: 2, size: 0 },
            ],
          },
        },
      },
      {
        symbol: { rawSymbol: 'BNP' },
        body: { value: { changes: [{ action: 2, price: 60_000_000_000 }] } },
      },
      {
        symbol: { rawSymbol: 'BNP' },
        tsEvent: 1_736_173_800_100_000_000n,
        body: { case: 'trade', value: { tradeId: 'T1', price: 60_500_000_000 } },
      },
    ]);
  });

  it('may be a whole book', () => {
    const { events } = read([
      [35, 'W'],
      [34, 7],
      [52, '20250106-14:30:00.500'],
      [55, 'AIR'],
      [268, 2],
      [269, 0],
      [270, '150'],
      [271, '10'],
      [269, 1],
      [270, '151'],
      [271, '5'],
    ]);
    expect(events.at(-1)?.body).toMatchObject({
      case: 'bookSnapshot',
      value: { bids: [{ price: 150_000_000_000 }], asks: [{ size: 5_000_000_000 }] },
    });
  });

  it('is refused where it has another number of entries than it says', () => {
    expect(() =>
      read([...head, [268, 2], [279, 0], [269, 0], [55, 'A'], [270, '1'], [271, '1']]),
    ).toThrow(/NoMDEntries is 2, the message has 1/);
  });
});
