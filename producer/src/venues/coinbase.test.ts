import { AggressorSide, SequenceKind, TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { COINBASE } from './coinbase.ts';
import { connectionTo } from './testing/venue-reading.ts';

const match = (changes: object = {}): object => ({
  type: 'match',
  trade_id: 280232,
  maker_order_id: '2a0da34e-61f7-4c36-88e5-c9dd15927b16',
  taker_order_id: '3c82abaa-c01e-4608-be59-6a1e69742891',
  side: 'sell',
  size: '985',
  price: '0.00001305',
  product_id: 'SKL-BTC',
  sequence: 177100030,
  time: '2021-04-17T16:43:37.089723Z',
  ...changes,
});

describe('Coinbase', () => {
  it('maps a match with the taker on the other side than the maker, numbered by trade id', () => {
    const coinbase = connectionTo(COINBASE);
    expect(coinbase.last(match())).toMatchObject({
      symbol: { publisherId: 5, venue: 'COINBASE', rawSymbol: 'SKL-BTC' },
      tsEvent: 1_618_677_817_089_723_000n,
      tsEventSource: TsEventSource.VENUE,
      sequenceKind: SequenceKind.DENSE,
      sequence: 280_232,
      body: {
        value: {
          price: 13_050,
          size: 985_000_000_000,
          aggressorSide: AggressorSide.BUY,
          tradeId: '280232',
        },
      },
    });
    expect(coinbase.last(match({ side: 'buy' }))?.body.value).toMatchObject({
      aggressorSide: AggressorSide.SELL,
    });
  });

  it('gives a ticker and the match that it repeats one key', () => {
    const coinbase = connectionTo(COINBASE);
    const ticker = coinbase.last({
      type: 'ticker',
      sequence: 177100030,
      product_id: 'SKL-BTC',
      best_bid: '0.00001304',
      best_ask: '0.00001305',
      best_ask_size: '7.5',
      time: '2021-04-17T16:43:37.089723Z',
      trade_id: 280232,
    });
    expect(ticker).toMatchObject({
      sequenceKind: SequenceKind.SPARSE,
      sequence: 177_100_030,
      body: { value: { bidPx: 13_040, bidSz: 0, askPx: 13_050, askSz: 7_500_000_000 } },
    });
    expect(ticker?.eventKey).toEqual(coinbase.last(match())?.eventKey);
  });

  it('takes the last match before a subscription only where it was missed', () => {
    const coinbase = connectionTo(COINBASE);
    expect(coinbase.market(match({ type: 'last_match' }))).toEqual([]);
    expect(coinbase.ignored).toEqual(['history']);
    coinbase.map(match({ trade_id: 5 }));
    expect(coinbase.market(match({ type: 'last_match', trade_id: 5 }))).toEqual([]);
    expect(coinbase.market(match({ type: 'last_match', trade_id: 9 }))).toMatchObject([
      { sequence: 9, body: { case: 'trade' } },
    ]);
  });

  it('has no events for answers, and rejects a refusal', () => {
    const coinbase = connectionTo(COINBASE);
    expect(coinbase.map({ type: 'subscriptions', channels: [] })).toEqual([]);
    expect(coinbase.last({ type: 'error', message: 'no' })?.body.case).toBe('rejected');
    expect(coinbase.problems).toEqual(['unknown_kind: the venue refuses: "no"']);
  });
});
