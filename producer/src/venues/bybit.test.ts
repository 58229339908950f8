import { AggressorSide, BookAction, Side } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { BYBIT } from './bybit.ts';
import { connectionTo } from './testing/venue-reading.ts';

describe('Bybit version 2', () => {
  it('maps deleted, updated and inserted levels of one message', () => {
    const level = (side: string, price: string, size?: number): object => ({
      price,
      symbol: 'EOSUSD',
      id: 1,
      side,
      ...(size === undefined ? {} : { size }),
    });
    const delta = connectionTo(BYBIT).last({
      topic: 'orderBookL2_25.EOSUSD',
      type: 'delta',
      data: {
        delete: [level('Sell', '7.98')],
        update: [level('Buy', '7.971', 47766)],
        insert: [level('Buy', '7.5', 3)],
        transactTimeE6: 0,
      },
      cross_seq: 1225777225,
      timestamp_e6: 1618677786598877,
    });
    expect(delta).toMatchObject({
      symbol: { publisherId: 12, rawSymbol: 'EOSUSD' },
      tsEvent: 1_618_677_786_598_877_000n,
      sequence: 1_225_777_225,
    });
    expect(delta?.body.value).toMatchObject({
      changes: [
        { action: BookAction.CANCEL, side: Side.ASK, size: 0 },
        { action: BookAction.MODIFY, side: Side.BID, price: 7_971_000_000 },
        { action: BookAction.MODIFY, side: Side.BID, price: 7_500_000_000 },
      ],
    });
  });

  it('maps every trade of a message', () => {
    const trade = (id: string, side: string): object => ({
      trade_time_ms: 1618677786614,
      symbol: 'BTCUSD',
      side,
      size: 4,
      price: 60621.5,
      trade_id: id,
      cross_seq: 5938955347,
    });
    const data = [trade('a', 'Sell'), trade('b', 'Buy')];
    const events = connectionTo(BYBIT).market({ topic: 'trade.BTCUSD', data });
    expect(events.map(({ body }) => body.value)).toMatchObject([
      { price: 60_621_500_000_000, aggressorSide: AggressorSide.SELL, tradeId: 'a' },
      { aggressorSide: AggressorSide.BUY, tradeId: 'b' },
    ]);
  });
});

describe('Bybit version 5', () => {
  const spot = (): ReturnType<typeof connectionTo> =>
    connectionTo(BYBIT, 'wss://stream.bybit.com/v5/public/spot');

  it('tells the market by the URL of the connection', () => {
    const book = {
      topic: 'orderbook.50.BTCUSDT',
      type: 'snapshot',
      ts: 1672304484978,
      data: { s: 'BTCUSDT', b: [['16493.50', '0.006']], a: [], u: 18521288, seq: 7961638724 },
      cts: 1672304484976,
    };
    const [definition, snapshot] = spot().map(book);
    expect(definition?.body.value).toMatchObject({ instrument: 'BTCUSDT.BYBIT' });
    expect(snapshot).toMatchObject({
      symbol: { publisherId: 10 },
      tsEvent: 1_672_304_484_976_000_000n,
      body: { value: { bids: [{ price: 16_493_500_000_000 }], asOfSequence: 7_961_638_724 } },
    });
    const linear = connectionTo(BYBIT, 'wss://stream.bybit.com/v5/public/linear');
    expect(linear.map(book)[0]?.body.value).toMatchObject({ instrument: 'BTCUSDT-PERP.BYBIT' });
  });

  it('maps trades', () => {
    const data = [
      { T: 1672304486865, s: 'BTCUSDT', S: 'Buy', v: '0.001', p: '16578.50', i: '20f4', BT: false },
    ];
    expect(spot().last({ topic: 'publicTrade.BTCUSDT', data })).toMatchObject({
      tsEvent: 1_672_304_486_865_000_000n,
      body: { value: { price: 16_578_500_000_000, size: 1_000_000, tradeId: '20f4' } },
    });
  });

  it('rejects a refusal', () => {
    const bybit = spot();
    bybit.map({ success: false, ret_msg: 'error:handler not found', op: 'subscribe' });
    expect(bybit.problems).toEqual([expect.stringMatching(/^unknown_kind: the venue refuses/)]);
  });
});
