import { AggressorSide, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { BITSTAMP } from './bitstamp.ts';
import { connectionTo } from './testing/venue-reading.ts';

const DATA = { timestamp: '1641343691', microtimestamp: '1641343691244908' };

describe('Bitstamp', () => {
  it('maps a trade by its exact texts, type 0 as bought', () => {
    const trade = {
      event: 'trade',
      channel: 'live_trades_ethusd',
      data: {
        ...DATA,
        id: 216000477,
        amount: 0.0792,
        amount_str: '0.07920000',
        price: 3805.44,
        price_str: '3805.44',
        type: 0,
      },
    };
    expect(connectionTo(BITSTAMP).last(trade)).toMatchObject({
      symbol: { rawSymbol: 'ethusd' },
      tsEvent: 1_641_343_691_244_908_000n,
      sequenceKind: SequenceKind.SPARSE,
      sequence: 216_000_477,
      body: {
        value: {
          price: 3_805_440_000_000,
          size: 79_200_000,
          aggressorSide: AggressorSide.BUY,
        },
      },
    });
  });

  it('orders changes and REST snapshots by their microtimestamp', () => {
    const bitstamp = connectionTo(BITSTAMP);
    const data = { ...DATA, bids: [['1.1', '2']], asks: [] };
    const delta = bitstamp.last({ event: 'data', channel: 'diff_order_book_ethusd', data });
    expect(delta).toMatchObject({
      sequenceKind: SequenceKind.SPARSE,
      sequence: 1_641_343_691_244_908,
    });
    const url = 'https://www.bitstamp.net/api/v2/order_book/ethusd';
    expect(bitstamp.answer(url, data).at(-1)?.body.value).toMatchObject({
      bids: [{ price: 1_100_000_000, size: 2_000_000_000 }],
      asOfSequence: 1_641_343_691_244_908,
    });
  });

  it('rejects a channel that it does not know', () => {
    const bitstamp = connectionTo(BITSTAMP);
    bitstamp.map({ event: 'data', channel: 'live_orders_ethusd', data: DATA });
    expect(bitstamp.problems).toEqual([expect.stringMatching(/^unknown_kind: 'live_orders_/)]);
  });
});
