import { AggressorSide, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { KUCOIN } from './kucoin.ts';
import { connectionTo } from './testing/venue-reading.ts';

const pushed = (subject: string, topic: string, data: object): object => ({
  type: 'message',
  subject,
  topic,
  data,
});

describe('KuCoin', () => {
  it('covers the range of an update, and leaves its changes at price 0 out', () => {
    const data = {
      sequenceStart: 1613277183874,
      sequenceEnd: 1613277183875,
      symbol: 'BCHSV-USDT',
      changes: { asks: [['0', '0', '1613277183874']], bids: [['1', '2', '1613277183875']] },
    };
    const delta = connectionTo(KUCOIN).last(pushed('trade.l2update', '/market/level2', data));
    expect(delta).toMatchObject({
      sequenceKind: SequenceKind.RANGE,
      sequence: 1_613_277_183_874,
      sequenceEnd: 1_613_277_183_875,
    });
    expect(delta?.body.value).toMatchObject({ changes: [{ price: 1_000_000_000 }] });
  });

  it('maps a match with its time in nanoseconds', () => {
    const data = {
      symbol: 'DAPPT-BTC',
      sequence: '1612701563869',
      side: 'buy',
      size: '81.8814',
      price: '0.0000001117',
      time: '1619378327739050725',
      tradeId: '6085c09769bc506996295e36',
    };
    const kucoin = connectionTo(KUCOIN);
    expect(kucoin.last(pushed('trade.l3match', '/market/match:DAPPT-BTC', data))).toMatchObject({
      sequence: 1_612_701_563_869,
      body: { case: 'rejected' },
    });
    const exact = { ...data, price: '0.00000011' };
    expect(kucoin.last(pushed('trade.l3match', '/market/match:DAPPT-BTC', exact))).toMatchObject({
      tsEvent: 1_619_378_327_739_050_725n,
      sequenceKind: SequenceKind.SPARSE,
      body: { value: { aggressorSide: AggressorSide.BUY, price: 110 } },
    });
  });

  it('takes the symbol of a ticker from its topic', () => {
    const data = {
      sequence: '1612844051653',
      bestAsk: '0.00028717',
      bestAskSize: '14.04274325',
      bestBid: null,
      bestBidSize: null,
      time: 1619378326323,
    };
    const quote = connectionTo(KUCOIN).last(pushed('trade.ticker', '/market/ticker:SNX-BTC', data));
    expect(quote).toMatchObject({
      symbol: { rawSymbol: 'SNX-BTC' },
      body: { value: { bidSz: 0, askPx: 287_170, askSz: 14_042_743_250 } },
    });
  });
});
