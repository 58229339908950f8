import { AggressorSide, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { FeedLines } from './feed-lines.ts';
import { ACME, ACME_LIVE } from './testing/acme.ts';
import { connectionTo, RECV } from './testing/venue-reading.ts';

const at = 1_736_173_800_000;
const trade = (changes: object = {}): object => ({
  k: 'trade',
  symbol: 'BTCUSD',
  id: 7,
  at,
  price: '61737.63',
  size: '0.5',
  taker: 'buyer',
  ...changes,
});
const change = (from: number, to: number, bid: string): string =>
  JSON.stringify({ k: 'change', symbol: 'BTCUSD', at, from, to, bids: [[bid, '1']], asks: [] });
const book = (to: number): string =>
  JSON.stringify({ at, to, bids: [['100', '1']], asks: [['102', '1']] });

describe('the venue of the guide', () => {
  it('maps a trade exactly, under its number', () => {
    expect(connectionTo(ACME).last(trade())).toMatchObject({
      symbol: { venue: 'ACME', rawSymbol: 'BTCUSD' },
      tsEvent: BigInt(at) * 1_000_000n,
      sequenceKind: SequenceKind.DENSE,
      sequence: 7,
      body: {
        value: {
          price: 61_737_630_000_000,
          size: 500_000_000,
          aggressorSide: AggressorSide.BUY,
          tradeId: '7',
        },
      },
    });
  });

  it.each([
    [trade({ price: 'much' }), /field price is "much"/],
    [trade({ taker: 'both' }), /field taker is "both" where buyer or seller/],
    [trade({ size: '0.0000000001' }), /at most nine places/],
    [{ k: 'fish' }, /'fish' is none of trade, change/],
    [{ k: 'error', why: 'no such symbol' }, /the venue refuses: "no such symbol"/],
    ['{"k":', /malformed/],
  ])('keeps what it cannot read: row %#', (message, why) => {
    const acme = connectionTo(ACME);
    expect(acme.last(message)?.body.case).toBe('rejected');
    expect(acme.problems.join()).toMatch(why);
  });

  it('has its book repaired by REST when a range is missing', () => {
    const lost: string[] = [];
    const lines = new FeedLines(
      ACME,
      { count: () => undefined, ignore: () => undefined },
      { isRedundant: false, onBookLost: ({ rawSymbol }) => lost.push(rawSymbol) },
    );
    lines.open(0, { id: 'a', url: '' });
    const url = `https://api.acme.example${ACME_LIVE.listPaths({ symbols: [], market: '' })[0]}`;
    const symbols = [{ symbol: 'BTCUSD', base: 'BTC', quote: 'USD', tick: '0.01' }];
    lines.answer(url, JSON.stringify({ symbols }), RECV);
    lines.answer('https://api.acme.example/v1/book/BTCUSD', book(10), RECV);
    lines.message(0, change(11, 12, '100.5'), RECV);
    expect(lost).toEqual([]);
    lines.message(0, change(15, 16, '100.7'), RECV);
    expect(lost).toEqual(['BTCUSD']);
    lines.answer('https://api.acme.example/v1/book/BTCUSD', book(20), RECV);
    const quote = lines.message(0, change(21, 22, '101'), RECV).at(-1);
    expect(quote?.body).toMatchObject({ case: 'quote', value: { bidPx: 101_000_000_000 } });
  });
});
