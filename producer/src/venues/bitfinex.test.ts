import { AggressorSide, BookAction, Side } from '@feedmill/proto/feedmill/v1/event_pb';
import { beforeEach, describe, expect, it } from 'vitest';
import { BITFINEX } from './bitfinex.ts';
import { connectionTo } from './testing/venue-reading.ts';

let bitfinex = connectionTo(BITFINEX);

beforeEach(() => {
  bitfinex = connectionTo(BITFINEX);
  bitfinex.map({ event: 'conf', status: 'OK', flags: 65536 });
  for (const [chanId, channel] of [
    [1, 'trades'],
    [2, 'book'],
    [3, 'ticker'],
  ] as const) {
    bitfinex.map({ event: 'subscribed', channel, chanId, symbol: 'tBTCUST' });
  }
});

describe('Bitfinex', () => {
  it('maps a trade when it is executed and not again when it is updated', () => {
    const trade = '[401597395,1574694478808,-0.005,7245.30000001]';
    expect(bitfinex.last(`[1,"te",${trade},7]`)).toMatchObject({
      tsEvent: 1_574_694_478_808_000_000n,
      body: {
        value: {
          price: 7_245_300_000_010,
          size: 5_000_000,
          aggressorSide: AggressorSide.SELL,
          tradeId: '401597395',
        },
      },
    });
    expect(bitfinex.map(`[1,"tu",${trade},8]`)).toEqual([]);
    expect(bitfinex.mapper.number).toBe(8);
  });

  it('takes trades from before a subscription only where they were missed, oldest first', () => {
    const trades = (...ids: number[]): string =>
      `[1,[${ids.map((id) => `[${id},1574694478808,1,7000]`).join(',')}],9]`;
    expect(bitfinex.map(trades(12, 11))).toEqual([]);
    bitfinex.map('[1,"te",[12,1574694478808,1,7000],10]');
    const missed = bitfinex.map(trades(14, 13, 12));
    expect(missed.map(({ sequence }) => sequence)).toEqual([13, 14]);
  });

  it('maps levels by the sign of their amount, and a count of 0 as removed', () => {
    const changesOf = (level: string): unknown => bitfinex.last(`[2,${level},5]`)?.body.value;
    expect(bitfinex.last('[2,[[7000,2,0.5],[7001,1,-3]],4]')?.body.value).toMatchObject({
      bids: [{ price: 7_000_000_000_000, size: 500_000_000 }],
      asks: [{ price: 7_001_000_000_000, size: 3_000_000_000 }],
      asOfSequence: 4,
    });
    expect(changesOf('[7002.5,1,-0.25]')).toEqual({
      changes: [
        {
          action: BookAction.MODIFY,
          side: Side.ASK,
          price: 7_002_500_000_000,
          size: 250_000_000,
        },
      ],
    });
    expect(changesOf('[7000,0,1]')).toMatchObject({
      changes: [{ action: BookAction.CANCEL, side: Side.BID, size: 0 }],
    });
  });

  it('has best prices without sizes in a ticker', () => {
    expect(bitfinex.last('[3,[7000,90.5,7001,80,1,0.1,7000,5,7100,6900],6]')?.body.value).toEqual({
      bidPx: 7_000_000_000_000,
      bidSz: 0,
      askPx: 7_001_000_000_000,
      askSz: 0,
    });
  });

  it('counts heartbeats, and rejects what no channel was opened for', () => {
    expect(bitfinex.map('[99,"hb",3]')).toEqual([]);
    expect(bitfinex.mapper.number).toBe(3);
    bitfinex.map('[99,[1,2],4]');
    expect(bitfinex.problems).toEqual(['instrument_unknown: channel 99 was not subscribed']);
  });

  it('keeps all digits of a number that a double would round', () => {
    const trade = bitfinex.last('[1,"te",[1,1574694478808,123456789.123456789,0.000000001],7]');
    expect(trade?.body.value).toMatchObject({ size: 123_456_789_123_456_789n, price: 1 });
    bitfinex.map('[1,"te",[2,1574694478808,0.12345678901234567,1],8]');
    expect(bitfinex.problems).toEqual([expect.stringMatching(/^number_inexact: .*0\.123456789/)]);
  });

  it('tells assets by the codes that others use', () => {
    const url = 'https://api-pub.bitfinex.com/v2/conf/pub:list:pair:futures';
    const [pair] = bitfinex.answer(url, [['BTCF0:USTF0']]);
    expect(pair?.body.value).toMatchObject({
      instrument: 'BTCF0:USTF0.BITFINEX',
      base: 'BTC',
      quote: 'USDT',
    });
  });
});
