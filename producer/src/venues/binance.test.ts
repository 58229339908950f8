import { type FeedEvent, Flag, UNDEF_PRICE } from '@feedmill/core/event';
import {
  AggressorSide,
  BookAction,
  InstrumentClass,
  RejectReason,
  SequenceKind,
  Side,
  TsEventSource,
} from '@feedmill/proto/feedmill/v1/event_pb';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { BINANCE } from './binance.ts';
import { connectionTo, RECV } from './testing/venue-reading.ts';

let binance = connectionTo(BINANCE);

beforeEach(() => {
  binance = connectionTo(BINANCE);
});

const map = (message: string): readonly FeedEvent[] => binance.map(message);
/** The market event of a message, without the DEFINITION before it. */
const last = (message: string): FeedEvent | undefined => binance.last(message);
const definitionOf = (message: string): unknown => map(message)[0]?.body.value;

const spotTrade = (changes = ''): string =>
  `{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT",` +
  `"t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true` +
  `${changes}}}`;

describe('Binance', () => {
  it('maps a spot trade with exact numbers, both venue times and the taker as aggressor', () => {
    expect(last(spotTrade())).toEqual({
      symbol: { publisherId: 1, venue: 'BINANCE', rawSymbol: 'BTCUSDT' },
      tsEvent: 1_723_161_255_342_000_000n,
      tsEventSource: TsEventSource.VENUE,
      tsRecv: RECV,
      // The recorder's clock runs behind the venue's.
      tsInDelta: -1_255_103_432,
      flags: Flag.LAST,
      channelId: 1,
      sequenceKind: SequenceKind.DENSE,
      sequence: 3_735_683_259,
      body: {
        case: 'trade',
        value: {
          price: 61_837_630_000_000,
          size: 20_000_000,
          aggressorSide: AggressorSide.SELL,
          tradeId: '3735683259',
        },
      },
    });
    const bought = spotTrade().replace('"m":true', '"m":false');
    expect(last(bought)?.body.value).toMatchObject({ aggressorSide: AggressorSide.BUY });
  });

  it('maps a spot bookTicker, which has no time, with the receive time standing in', () => {
    const quote = last(
      '{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT",' +
        '"b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}',
    );
    expect(quote).toMatchObject({
      tsEvent: RECV,
      tsEventSource: TsEventSource.RECV_FALLBACK,
      flags: Flag.LAST | Flag.TOB,
      channelId: 2,
      sequenceKind: SequenceKind.SPARSE,
      sequence: 50_093_239_212,
      body: {
        value: {
          bidPx: 61_837_630_000_000,
          bidSz: 3_788_260_000,
          askPx: 61_837_640_000_000,
          askSz: 1_546_980_000,
        },
      },
    });
    expect(quote).not.toHaveProperty('tsInDelta');
  });

  it('maps a side that does not exist to the undefined price', () => {
    const quote = last('{"u":1,"s":"X","b":"0.0","B":"0.0","a":"2","A":"1"}');
    expect(quote?.body.value).toMatchObject({ bidPx: UNDEF_PRICE, bidSz: 0, askPx: 2e9 });
  });

  it('maps spot depth as a range, levels of size 0 as removed, timed by the send time', () => {
    const depth = last(
      '{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":50093239189,"u":50093239202,' +
        '"b":[["61737.63000000","0.00000000"]],"a":[["61837.64000000","1.54698000"]]}',
    );
    expect(depth).toMatchObject({
      tsEvent: 1_723_161_255_208_000_000n,
      tsEventSource: TsEventSource.VENUE_SEND,
      flags: Flag.LAST | Flag.MBP,
      channelId: 3,
      sequenceKind: SequenceKind.RANGE,
      sequence: 50_093_239_189,
      sequenceEnd: 50_093_239_202,
    });
    expect(depth?.body.value).toEqual({
      changes: [
        { action: BookAction.CANCEL, side: Side.BID, price: 61_737_630_000_000, size: 0 },
        {
          action: BookAction.MODIFY,
          side: Side.ASK,
          price: 61_837_640_000_000,
          size: 1_546_980_000,
        },
      ],
    });
  });

  it('links futures depth to the message before', () => {
    const depth = last(
      '{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":5123107832006,' +
        '"u":5123107837557,"pu":5123107831937,"b":[],"a":[]}',
    );
    expect(depth).toMatchObject({
      symbol: { publisherId: 2 },
      tsEvent: 1_723_161_256_298_000_000n,
      tsEventSource: TsEventSource.VENUE,
      sequenceKind: SequenceKind.LINKED,
      sequence: 5_123_107_832_006,
      sequenceEnd: 5_123_107_837_557,
      prevSequence: 5_123_107_831_937,
    });
  });

  it('defines each instrument once, before its first event, and apart by market', () => {
    expect(map(spotTrade()).map((each) => each.body.case)).toEqual(['definition', 'trade']);
    expect(map(spotTrade()).map((each) => each.body.case)).toEqual(['trade']);
    const perpetual = spotTrade().replace(',"M":true', ',"X":"MARKET"');
    const events = map(perpetual);
    expect(events.map((each) => each.body.case)).toEqual(['definition', 'trade']);
    expect(events.map((each) => each.channelId)).toEqual([0, 8 + 1]);
  });

  it('uses one symbol object for all events of an instrument', () => {
    const [definition, trade] = map(spotTrade());
    expect(trade?.symbol).toBe(definition?.symbol);
    expect(last(spotTrade())?.symbol).toBe(trade?.symbol);
  });

  it.each([
    [',"M":true', 'BTCUSDT', 'BTCUSDT.BINANCE', InstrumentClass.SPOT, 'BTC', 'USDT', 0n],
    [',"M":true', 'ETHFDUSD', 'ETHFDUSD.BINANCE', InstrumentClass.SPOT, 'ETH', 'FDUSD', 0n],
    [',"M":true', 'ODDPAIR', 'ODDPAIR.BINANCE', InstrumentClass.SPOT, '', '', 0n],
    ['', 'ETHUSDT', 'ETHUSDT-PERP.BINANCE', InstrumentClass.PERPETUAL, 'ETH', 'USDT', 0n],
    ['', 'BTCUSDT_240927', 'BTCUSDT-240927.BINANCE', InstrumentClass.FUTURE, 'BTC', 'USDT', 0n],
    ['', 'BTCUSD_PERP', 'BTCUSD-PERP.BINANCE', InstrumentClass.PERPETUAL, 'BTC', 'USD', 100n],
    ['', 'ETHUSD_240927', 'ETHUSD-240927.BINANCE', InstrumentClass.FUTURE, 'ETH', 'USD', 10n],
  ])('names %s %s as %s', (spotMark, rawSymbol, instrument, instrumentClass, base, quote, usd) => {
    const message = spotTrade().replace(',"M":true', spotMark).replace('BTCUSDT', rawSymbol);
    const expiration = rawSymbol.endsWith('240927') ? 1_727_424_000_000_000_000n : 0n;
    expect(definitionOf(message)).toEqual({
      instrument,
      instrumentClass,
      base,
      quote,
      multiplier: usd * 1_000_000_000n,
      expiration,
    });
  });

  it('gives a snapshot without symbol to the only instrument of its market', () => {
    const snapshot =
      '{"lastUpdateId":50093239218,"bids":[["61837.63","3.78826"]],"asks":[["61837.64","1"]]}';
    expect(map(snapshot)).toMatchObject([
      { body: { case: 'rejected', value: { reason: RejectReason.INSTRUMENT_UNKNOWN } } },
    ]);
    map(spotTrade());
    expect(last(snapshot)).toMatchObject({
      symbol: { rawSymbol: 'BTCUSDT' },
      flags: Flag.LAST | Flag.SNAPSHOT | Flag.MBP,
      channelId: 3,
      body: {
        case: 'bookSnapshot',
        value: {
          bids: [{ price: 61_837_630_000_000, size: 3_788_260_000 }],
          asks: [{ price: 61_837_640_000_000, size: 1_000_000_000 }],
          asOfSequence: 50_093_239_218,
        },
      },
    });
    map(spotTrade().replace('"BTCUSDT"', '"ETHUSDT"'));
    expect(last(snapshot)?.body.case).toBe('rejected');
    expect(binance.problems).toHaveLength(2);
  });

  it('keeps ids beyond 2^53 with all their digits', () => {
    const id = '9007199254740993';
    const trade = last(spotTrade().replace('3735683259', id));
    expect(trade).toMatchObject({ sequence: 9_007_199_254_740_993n });
    expect(trade?.body.value).toMatchObject({ tradeId: id });
    const tooLarge = spotTrade().replace('3735683259', '18446744073709551616');
    expect(last(tooLarge)?.body.case).toBe('rejected');
    expect(binance.problems).toEqual([expect.stringMatching(/which 64 bits cannot hold/)]);
  });

  it.each([
    ['malformed', '{"e":"trade"'],
    ['malformed', ''],
    ['unknown_kind', '[1,2]'],
    ['unknown_kind', 'null'],
    ['unknown_kind', '{"result":1,"id":1}'],
    ['unknown_kind', '{"e":"forceOrder","s":"BTCUSDT"}'],
    ['unknown_kind', '{"stream":"x","data":7}'],
    ['bad_field', spotTrade().replace('"s":"BTCUSDT"', '"s":7')],
    ['bad_field', spotTrade().replace('"61837.63000000"', '61837.63')],
    ['bad_field', spotTrade().replace('61837.63000000', 'NaN')],
    ['number_inexact', spotTrade().replace('61837.63000000', '10000000000')],
    ['number_inexact', spotTrade().replace('61837.63000000', '0.0000000001')],
    ['bad_field', spotTrade().replace('"m":true', '"m":1')],
    ['bad_field', spotTrade().replace('3735683259', '-1')],
    ['bad_field', spotTrade().replace('3735683259', '1.5')],
    ['bad_field', spotTrade().replace('3735683259', 'null')],
    ['bad_field', spotTrade().replace('"T":1723161255342', '"T":"soon"')],
    ['bad_field', '{"e":"depthUpdate","s":"X","U":1,"u":2,"b":[["1"]],"a":[]}'],
    ['bad_field', '{"e":"depthUpdate","s":"X","U":1,"u":2,"b":{},"a":[]}'],
    ['bad_field', '{"e":"depthUpdate","s":"X","U":1,"u":2,"b":["1"],"a":[]}'],
  ])('rejects as %s, with its text, %s and goes on', (kind, message) => {
    expect(map(message)).toMatchObject([
      { tsRecv: RECV, body: { case: 'rejected', value: { raw: Buffer.from(message) } } },
    ]);
    expect(binance.problems).toEqual([expect.stringMatching(new RegExp(`^${kind}: .`))]);
    expect(map(spotTrade()).map((each) => each.body.case)).toEqual(['definition', 'trade']);
  });

  it('keeps the number of a trade that it rejects, so that it is no gap', () => {
    expect(last(spotTrade().replace('61837.63000000', '1e-10'))).toMatchObject({
      symbol: { rawSymbol: 'BTCUSDT' },
      channelId: 1,
      sequenceKind: SequenceKind.DENSE,
      sequence: 3_735_683_259,
      body: { case: 'rejected', value: { reason: RejectReason.NUMBER_INEXACT } },
    });
  });

  it('maps an aggTrade to one trade that covers all ids it is made of', () => {
    const aggregate = (first: number, final: number): FeedEvent | undefined =>
      last(
        '{"e":"aggTrade","E":1633998523963,"s":"NKNUSDT","a":15683430,"p":"0.35280000",' +
          `"q":"58.00000000","f":${first},"l":${final},"T":1633998523963,"m":false,"M":true}`,
      );
    expect(aggregate(19_862_790, 19_862_790)?.body.value).toMatchObject({ tradeId: '19862790' });
    expect(aggregate(19_862_791, 19_862_793)).toMatchObject({
      sequenceKind: SequenceKind.DENSE,
      sequence: 19_862_791,
      sequenceEnd: 19_862_793,
      body: { value: { aggressorSide: AggressorSide.BUY, tradeId: '19862791-19862793' } },
    });
  });

  it('takes assets, tick and lot from the venue, and knows nothing that it does not list', () => {
    const filters = [
      { filterType: 'PRICE_FILTER', tickSize: '0.00010000' },
      { filterType: 'LOT_SIZE', stepSize: '1.00000000' },
    ];
    const symbols = [{ symbol: 'ODDPAIR', baseAsset: 'ODD', quoteAsset: 'PAIR', filters }];
    const url = 'https://api.binance.com/api/v3/exchangeInfo';
    expect(binance.answer(url, { symbols })).toMatchObject([
      {
        symbol: { publisherId: 1, rawSymbol: 'ODDPAIR' },
        body: {
          case: 'definition',
          value: {
            instrument: 'ODDPAIR.BINANCE',
            base: 'ODD',
            quote: 'PAIR',
            minPriceIncrement: 100_000n,
            lotSize: 1_000_000_000n,
          },
        },
      },
    ]);
    expect(binance.answer(url, { symbols })).toEqual([]);
    expect(map(spotTrade()).map(({ body }) => body.case)).toEqual(['trade']);
  });

  it('takes the symbol of a REST snapshot from its URL', () => {
    const url = 'https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=1000';
    const book = { lastUpdateId: 7, E: 5, T: 4, bids: [['1', '2']], asks: [['3', '0.5']] };
    expect(binance.answer(url, book).at(-1)).toMatchObject({
      symbol: { publisherId: 2, rawSymbol: 'BTCUSDT' },
      body: { case: 'bookSnapshot', value: { asOfSequence: 7 } },
    });
    expect(binance.answer('https://api.binance.com/api/v3/ping', {})).toMatchObject([
      { body: { case: 'rejected', value: { reason: RejectReason.UNKNOWN_KIND } } },
    ]);
  });

  it('never throws, whatever a message is damaged to', () => {
    const messages = [
      spotTrade(),
      '{"lastUpdateId":9007199254740993,"bids":[["1","2"]],"asks":[["1",[9007199254740993]]]}',
      '{"e":"depthUpdate","E":1,"T":2,"s":"X","U":1,"u":2,"pu":0,"b":[["1","2"]],"a":[]}',
      '{"u":18446744073709551615,"s":36893488147419103232,"b":"1","B":"1","a":"2","A":"1"}',
    ];
    const place = fc.tuple(fc.nat(), fc.nat(12), fc.string({ maxLength: 6 }));
    fc.assert(
      fc.property(fc.constantFrom(...messages), fc.array(place), (message, places) => {
        let damaged = message;
        for (const [at, cut, text] of places) {
          const from = at % (damaged.length + 1);
          damaged = damaged.slice(0, from) + text + damaged.slice(from + cut);
        }
        map(damaged);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('s', 't', 'p', 'b', 'U', 'T', 'm'), (json, field) => {
        map(`{"e":"trade","s":"X","t":1,"p":"1","q":"1","m":true,"${field}":${json}}`);
        map(`{"e":"depthUpdate","s":"X","U":1,"u":1,"b":[],"a":[],"${field}":${json}}`);
        map(json);
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves the send delay out where 32 bits cannot hold it', () => {
    const late = spotTrade().replace('"E":1723161255343', '"E":1723161265343');
    expect(last(late)).not.toHaveProperty('tsInDelta');
  });
});
