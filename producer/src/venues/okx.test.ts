import { UNDEF_PRICE } from '@feedmill/core/event';
import { AggressorSide, InstrumentClass, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { OKX } from './okx.ts';
import { connectionTo } from './testing/venue-reading.ts';

const SWAP = 'UNI-USD-SWAP';
const pushed = (channel: string, item: object, more: object = {}): object => ({
  arg: { channel, instId: SWAP },
  ...more,
  data: [{ instId: SWAP, ts: '1652459225464', ...item }],
});

describe('OKX', () => {
  it('maps trades with the side of their taker', () => {
    const trade = pushed('trades', { tradeId: '7849', px: '30218.8', sz: '1', side: 'buy' });
    expect(connectionTo(OKX).last(trade)).toMatchObject({
      tsEvent: 1_652_459_225_464_000_000n,
      sequenceKind: SequenceKind.SPARSE,
      sequence: 7849,
      body: { value: { price: 30_218_800_000_000, aggressorSide: AggressorSide.BUY } },
    });
  });

  it('maps a ticker with a side that is empty', () => {
    const item = { bidPx: '', bidSz: '', askPx: '5.1', askSz: '3' };
    expect(connectionTo(OKX).last(pushed('tickers', item))?.body.value).toMatchObject({
      bidPx: UNDEF_PRICE,
      bidSz: 0,
      askPx: 5_100_000_000,
    });
  });

  it('maps a book with its checksum, and links it where the venue numbers it', () => {
    const okx = connectionTo(OKX);
    const item = { asks: [['5', '0', '0', '0']], bids: [], checksum: -914047754 };
    const plain = okx.last(pushed('books', item, { action: 'update' }));
    expect(plain?.sequenceKind).toBeUndefined();
    expect(plain?.body.value).toMatchObject({ checksum: -914_047_754n });
    const numbered = { ...item, seqId: 15, prevSeqId: 10 };
    expect(okx.last(pushed('books', numbered, { action: 'update' }))).toMatchObject({
      sequenceKind: SequenceKind.LINKED,
      sequence: 15,
      prevSequence: 10,
    });
  });

  it.each([
    ['BTC-USDT', InstrumentClass.SPOT],
    ['BTC-USDT-SWAP', InstrumentClass.PERPETUAL],
    ['BTC-USD-220527', InstrumentClass.FUTURE],
    ['BTC-USD-220527-30000-C', InstrumentClass.OPTION],
  ])('names %s by its form where there is no list', (instId, instrumentClass) => {
    const data = [{ tradeId: '1', px: '1', sz: '1', side: 'sell', ts: '1' }];
    const [definition] = connectionTo(OKX).map({ arg: { channel: 'trades', instId }, data });
    expect(definition?.body.value).toMatchObject({
      instrument: `${instId}.OKX`,
      instrumentClass,
      base: 'BTC',
    });
  });
});
