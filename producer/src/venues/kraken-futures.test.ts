import {
  AggressorSide,
  BookAction,
  InstrumentClass,
  SequenceKind,
  Side,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { KRAKEN_FUTURES } from './kraken-futures.ts';
import { connectionTo } from './testing/venue-reading.ts';

const trade = (seq: number): object => ({
  feed: 'trade',
  product_id: 'PI_XBTUSD',
  uid: `uid-${seq}`,
  side: 'sell',
  type: 'fill',
  seq,
  time: 1612269825817,
  qty: 15000,
  price: 34969.5,
});

describe('Kraken Futures', () => {
  it('numbers trades by seq, and names a perpetual by its form', () => {
    const [definition, event] = connectionTo(KRAKEN_FUTURES).map(trade(653_355));
    expect(definition?.body.value).toMatchObject({
      instrument: 'PI_XBTUSD.KRAKEN',
      instrumentClass: InstrumentClass.PERPETUAL,
      base: 'BTC',
      quote: 'USD',
    });
    expect(event).toMatchObject({
      symbol: { publisherId: 7, venue: 'KRAKEN' },
      tsEvent: 1_612_269_825_817_000_000n,
      sequenceKind: SequenceKind.DENSE,
      sequence: 653_355,
      body: { value: { price: 34_969_500_000_000, aggressorSide: AggressorSide.SELL } },
    });
  });

  it('maps a book and its changes, one level a message', () => {
    const futures = connectionTo(KRAKEN_FUTURES);
    const head = { product_id: 'PI_XBTUSD', timestamp: 1612269825817 };
    const book = {
      ...head,
      feed: 'book_snapshot',
      seq: 326072249,
      bids: [{ price: 34892.5, qty: 6385 }],
      asks: [{ price: 34911.5, qty: 20598 }],
    };
    expect(futures.last(book)?.body.value).toMatchObject({
      bids: [{ price: 34_892_500_000_000, size: 6_385_000_000_000 }],
      asOfSequence: 326_072_249,
    });
    const change = { ...head, feed: 'book', side: 'sell', seq: 326072250, price: 34911.5, qty: 0 };
    const delta = futures.last(change);
    expect(delta).toMatchObject({ sequenceKind: SequenceKind.DENSE, sequence: 326_072_250 });
    expect(delta?.body.value).toMatchObject({
      changes: [{ action: BookAction.CANCEL, side: Side.ASK, size: 0 }],
    });
  });

  it('takes trades from before a subscription only where they were missed, oldest first', () => {
    const futures = connectionTo(KRAKEN_FUTURES);
    const history = (...seqs: number[]): object => ({
      feed: 'trade_snapshot',
      product_id: 'PI_XBTUSD',
      trades: seqs.map(trade),
    });
    expect(futures.map(history(2, 1))).toEqual([]);
    futures.map(trade(3));
    expect(futures.map(history(5, 4, 3)).map(({ sequence }) => sequence)).toEqual([4, 5]);
  });
});
