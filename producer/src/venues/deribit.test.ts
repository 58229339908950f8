import { UNDEF_PRICE } from '@feedmill/core/event';
import {
  AggressorSide,
  BookAction,
  InstrumentClass,
  SequenceKind,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { DERIBIT } from './deribit.ts';
import { connectionTo } from './testing/venue-reading.ts';

const OPTION = 'BTC-24SEP21-8000-P';
const pushed = (channel: string, data: unknown): object => ({
  jsonrpc: '2.0',
  method: 'subscription',
  params: { channel: `${channel}.${OPTION}.raw`, data },
});
const HEAD = { timestamp: 1626993724318, instrument_name: OPTION };

describe('Deribit', () => {
  it('links the changes of a book', () => {
    const data = {
      ...HEAD,
      type: 'change',
      prev_change_id: 33195894164,
      change_id: 33195894355,
      bids: [['delete', 0.0005, 0]],
      asks: [['new', 0.001, 2.6]],
    };
    const delta = connectionTo(DERIBIT).last(pushed('book', data));
    expect(delta).toMatchObject({
      tsEvent: 1_626_993_724_318_000_000n,
      sequenceKind: SequenceKind.LINKED,
      sequence: 33_195_894_355,
      prevSequence: 33_195_894_164,
    });
    expect(delta?.body.value).toMatchObject({
      changes: [
        { action: BookAction.CANCEL, price: 500_000 },
        { action: BookAction.MODIFY, price: 1_000_000, size: 2_600_000_000 },
      ],
    });
  });

  it('numbers trades by trade_seq', () => {
    const trade = {
      ...HEAD,
      trade_seq: 30289442,
      trade_id: '48079269',
      price: 0.0245,
      amount: 10,
      direction: 'sell',
    };
    expect(connectionTo(DERIBIT).last(pushed('trades', [trade]))).toMatchObject({
      sequenceKind: SequenceKind.DENSE,
      sequence: 30_289_442,
      body: { value: { aggressorSide: AggressorSide.SELL, tradeId: '48079269' } },
    });
  });

  it('maps the best prices of a ticker; 0 is none', () => {
    const ticker = {
      ...HEAD,
      best_bid_price: 0,
      best_bid_amount: 0,
      best_ask_price: 0.0025,
      best_ask_amount: 873,
    };
    expect(connectionTo(DERIBIT).last(pushed('ticker', ticker))?.body.value).toEqual({
      bidPx: UNDEF_PRICE,
      bidSz: 0,
      askPx: 2_500_000,
      askSz: 873_000_000_000,
    });
  });

  it('takes class, strike and expiration from the list', () => {
    const listed = {
      instrument_name: OPTION,
      kind: 'option',
      base_currency: 'BTC',
      quote_currency: 'BTC',
      tick_size: 0.0005,
      min_trade_amount: 0.1,
      contract_size: 1,
      strike: 8000,
      settlement_period: 'month',
      expiration_timestamp: 1632470400000,
      creation_timestamp: 1606129458000,
    };
    const url = 'https://www.deribit.com/api/v2/public/get_instruments?currency=BTC';
    const [definition] = connectionTo(DERIBIT).answer(url, { result: [listed] });
    expect(definition?.body.value).toMatchObject({
      instrument: 'BTC-24SEP21-8000-P.DERIBIT',
      instrumentClass: InstrumentClass.OPTION,
      minPriceIncrement: 500_000n,
      strikePrice: 8_000_000_000_000n,
      expiration: 1_632_470_400_000_000_000n,
    });
  });
});
