import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asPosition } from '@feedmill/core/brand';
import type { EventBody, FeedEvent } from '@feedmill/core/event';
import { stableId } from '@feedmill/core/stable-id';
import { BatchWriter } from '@feedmill/core/wire/batch-writer';
import { EventView } from '@feedmill/core/wire/event-view';
import { QuoteView } from '@feedmill/core/wire/quote-view';
import { TradeView } from '@feedmill/core/wire/trade-view';
import * as proto from '@feedmill/proto/feedmill/v1/event_pb';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ShardSession } from '../shard-session/shard-session.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import { CopySet } from './copy-set.ts';
import { writeNewsRow, writeOrderEventRow, writeVendorBarRow } from './document-rows.ts';
import type { RowIds } from './event-row.ts';
import * as feed from './feed-rows.ts';
import { writeBookChangeRow, writeQuoteRow, writeTradeRow } from './market-rows.ts';
import { EVENT_TABLE_COLUMNS, EVENT_TABLES, isDailyTable, type PlainTable } from './tables.ts';

const TS_EVENT = 1_723_075_200_123_456_789n;
const INSTRUMENT_ID = stableId('AAPL.XNAS');
const PRODUCER_ID = stableId('rows');
const symbol = { publisherId: 70_000, venue: 'XNAS', rawSymbol: 'AAPL' };

let postgres: TestPostgres;
let db: pg.Client;
let session: ShardSession;
let position = 0;

beforeAll(async () => {
  postgres = await startTestPostgres();
  db = new pg.Client(postgres.url);
  await db.connect();
  session = await ShardSession.acquire(
    { url: postgres.url, shard: 1, clusterId: 'test', holder: 'rows' },
    systemClock(),
  );
});

afterAll(async () => {
  await session.close();
  await db.end();
  await postgres.close();
});

const ids: RowIds = {
  instrumentIdHi: Number(INSTRUMENT_ID >> 32n),
  instrumentIdLo: Number(INSTRUMENT_ID & 0xffff_ffffn),
  producerIdHi: Number(PRODUCER_ID >> 32n),
  producerIdLo: Number(PRODUCER_ID & 0xffff_ffffn),
  producerSequence: 0,
  tsInitHi: 0,
  tsInitLo: 77,
  publisherId: symbol.publisherId,
  flags: 0x80,
};

/** An event as it comes off the wire. */
function eventOf(body: EventBody): EventView {
  const event: FeedEvent = {
    symbol,
    tsEvent: TS_EVENT,
    tsEventSource: proto.TsEventSource.VENUE,
    tsRecv: TS_EVENT + 5n,
    channelId: 3,
    epoch: 2,
    sequence: 17_843_232_920_108_168_701n,
    body,
  };
  const writer = new BatchWriter();
  writer.add(event);
  const view = new EventView();
  view.reset(writer.finish(1));
  expect(view.next()).toBe(true);
  ids.producerSequence = position + 1;
  return view;
}

function bodyOf<Schema extends DescMessage>(
  schema: Schema,
  event: EventView,
): MessageShape<Schema> {
  return fromBinary(schema, event.bytes.subarray(event.bodyStart, event.bodyEnd));
}

/** Commits the rows and reads them back as text. */
async function store(copies: CopySet): Promise<Record<string, unknown>[]> {
  const outcome = await session.commit({
    fromPosition: asPosition(position),
    toPosition: asPosition(position + 1),
    copies,
    bars: [],
    gaps: [],
    cbbos: [],
    signals: [],
    alertOutcomes: [],
    deadLetters: [],
    instruments: [],
    symbols: [],
    references: [],
    producers: [],
    states: [],
  });
  expect(outcome).toEqual({ kind: 'committed', deadLetters: 0 });
  position += 1;
  const table = copies.copies[0]?.table;
  const { rows } = await db.query<Record<string, unknown>>(
    `select * from feedmill.${table} where producer_sequence = $1 order by ctid`,
    [position],
  );
  return rows;
}

const HEADER = {
  instrument_id: String(INSTRUMENT_ID),
  ts_event: String(TS_EVENT),
  producer_id: String(PRODUCER_ID),
  ts_recv: String(TS_EVENT + 5n),
  ts_init: '77',
  // The 64 bits of an unsigned sequence, read as signed.
  sequence: String(BigInt.asIntN(64, 17_843_232_920_108_168_701n)),
  publisher_id: 70_000,
  channel_id: 3,
  epoch: 2,
  flags: 0x80,
  ts_event_source: 1,
};

test.each(EVENT_TABLES)('the column list of %s names all its columns', async (table) => {
  const { rows } = await db.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
    [`feedmill.${table}`],
  );
  expect(rows.map(({ name }) => name).sort()).toEqual([...EVENT_TABLE_COLUMNS[table]].sort());
  const { rows: kinds } = await db.query<{ relkind: string }>(
    'select relkind from pg_class where oid = $1::regclass',
    [`feedmill.${table}`],
  );
  expect(kinds[0]?.relkind).toBe(isDailyTable(table) ? 'p' : 'r');
});

test('a trade is stored with every field', async () => {
  const event = eventOf({
    case: 'trade',
    value: {
      price: 61_737_630_000_000,
      size: -9_223_372_036_854_775_808n,
      aggressorSide: proto.AggressorSide.SELL,
      tradeId: 'a trade id that is longer than the short copy loop',
      saleConditions: ['@', 'ä "quoted", {braced}'],
      updatesLast: false,
      trf: 'N',
    },
  });
  const trade = new TradeView();
  trade.read(event);
  const copies = new CopySet();
  writeTradeRow(copies.daily('trade', event.tsEventHi, event.tsEventLo), event, trade, ids);
  expect(await store(copies)).toMatchObject([
    {
      ...HEADER,
      price: '61737630000000',
      size: '-9223372036854775808',
      aggressor_side: 2,
      update_flags: 6,
      trade_id: 'a trade id that is longer than the short copy loop',
      conditions: ['@', 'ä "quoted", {braced}'],
      trf: 'N',
    },
  ]);
});

test('what a trade does not have is null', async () => {
  const event = eventOf({
    case: 'trade',
    value: { price: 1, size: 1, aggressorSide: 0, tradeId: '' },
  });
  const trade = new TradeView();
  trade.read(event);
  const copies = new CopySet();
  writeTradeRow(copies.daily('trade', event.tsEventHi, event.tsEventLo), event, trade, ids);
  expect(await store(copies)).toMatchObject([
    { trade_id: '', conditions: null, trf: null, update_flags: 7 },
  ]);
});

test('a quote is stored with every field', async () => {
  const event = eventOf({
    case: 'quote',
    value: { bidPx: 1, bidSz: 2, bidCt: 3, askPx: 9_223_372_036_854_775_807n, askSz: 0, askCt: 5 },
  });
  const quote = new QuoteView();
  quote.read(event);
  const copies = new CopySet();
  writeQuoteRow(copies.daily('quote', event.tsEventHi, event.tsEventLo), event, quote, ids);
  const [row] = await store(copies);
  expect(row).toMatchObject({
    ...HEADER,
    bid_px: '1',
    bid_sz: '2',
    bid_ct: 3,
    ask_px: '9223372036854775807',
    ask_ct: 5,
    is_indicative: false,
    quote_condition: null,
  });
  const { rows } = await db.query('select ask_px, bid_px, time from feedmill.v_quote');
  expect(rows).toMatchObject([{ ask_px: null, bid_px: '0.000000001' }]);
});

test('the changes of a book are rows that count from 0', async () => {
  const event = eventOf({ case: 'bookDelta', value: { changes: [], checksum: -5n } });
  const copies = new CopySet();
  const copy = copies.daily('book_delta', event.tsEventHi, event.tsEventLo);
  const change = { priceHi: 0, priceLo: 7, sizeHi: 0, sizeLo: 8, orderIdHi: -1, orderIdLo: 9 };
  writeBookChangeRow(copy, event, { ...change, action: 4, side: 0, depth: 0 }, 0, undefined, ids);
  writeBookChangeRow(copy, event, { ...change, action: 1, side: 2, depth: 6 }, 1, -5n, ids);
  expect(await store(copies)).toMatchObject([
    { ...HEADER, change_index: 0, action: 4, side: 0, checksum: null },
    { ...HEADER, change_index: 1, action: 1, side: 2, depth: 6, checksum: '-5', price: '7' },
  ]);
});

test('a consolidated quote is stored', async () => {
  const event = eventOf({
    case: 'consolidatedQuote',
    value: { bidPx: 5n, askPx: 6n, bidPb: 1, askPb: 2, venuesLive: 3, venuesStale: 4, state: 2 },
  });
  const body = bodyOf(proto.ConsolidatedQuoteSchema, event);
  const copies = new CopySet();
  const copy = copies.daily('consolidated_quote', event.tsEventHi, event.tsEventLo);
  feed.writeConsolidatedQuoteRow(copy, event, body, ids);
  expect(await store(copies)).toMatchObject([
    { ...HEADER, bid_px: '5', ask_px: '6', venues_live: 3, venues_stale: 4, state: 2 },
  ]);
});

test('an order event is stored', async () => {
  const event = eventOf({
    case: 'orderEvent',
    value: { orderId: 'o1', account: 'A', action: 3, side: 1, price: 10n, leavesSize: 2n },
  });
  const body = bodyOf(proto.OrderEventSchema, event);
  const copies = new CopySet();
  const copy = copies.daily('order_event', event.tsEventHi, event.tsEventLo);
  writeOrderEventRow(copy, event, body, ids);
  expect(await store(copies)).toMatchObject([
    { ...HEADER, order_id: 'o1', account: 'A', action: 3, side: 1, price: '10', reason: null },
  ]);
});

test('news keep their entities as JSON with ids as text', async () => {
  const event = eventOf({
    case: 'news',
    value: {
      newsId: 'n1',
      headline: 'Apple beats, Tesla misses — "wow"',
      sentimentScore: 0.5,
      contentHash: Uint8Array.of(1, 2),
      entities: [
        { text: 'Apple', instrumentId: INSTRUMENT_ID, matchKind: 4, sentimentLabel: 1 },
        { text: 'Tesla', matchKind: 2, sentimentLabel: 3, sentimentScore: -1 },
      ],
    },
  });
  const copies = new CopySet();
  writeNewsRow(copies.plain('news'), event, bodyOf(proto.NewsSchema, event), ids);
  const [row] = await store(copies);
  expect(row).toMatchObject({
    ...HEADER,
    headline: 'Apple beats, Tesla misses — "wow"',
    sentiment_score: 0.5,
    content_hash: Buffer.of(1, 2),
    entities: [
      { text: 'Apple', instrument_id: String(INSTRUMENT_ID), match_kind: 'NAME' },
      { text: 'Tesla', match_kind: 'ALIAS', sentiment_label: 'NEGATIVE', sentiment_score: -1 },
    ],
  });
});

const PLAIN: readonly [
  PlainTable,
  EventBody,
  (event: EventView, copies: CopySet) => void,
  object,
][] = [
  [
    'status',
    { case: 'status', value: { action: 3, reason: 'LULD', isQuoting: true } },
    (event, copies) =>
      feed.writeStatusRow(copies.plain('status'), event, bodyOf(proto.StatusSchema, event), ids),
    { action: 3, reason: 'LULD', is_trading: false, is_quoting: true },
  ],
  [
    'definition',
    {
      case: 'definition',
      value: { instrument: 'AAPL.XNAS', instrumentClass: 1, lotSize: 100n, quote: 'USD' },
    },
    (event, copies) =>
      feed.writeDefinitionRow(
        copies.plain('definition'),
        event,
        bodyOf(proto.DefinitionSchema, event),
        ids,
      ),
    { instrument: 'AAPL.XNAS', lot_size: '100', quote: 'USD', base: null },
  ],
  [
    'correction',
    {
      case: 'correction',
      value: { correctsTradeId: 't9', kind: 1, originalTsEvent: 9n, price: 3n, size: 4n },
    },
    (event, copies) =>
      feed.writeCorrectionRow(
        copies.plain('correction'),
        event,
        bodyOf(proto.CorrectionSchema, event),
        ids,
      ),
    { corrects_trade_id: 't9', kind: 1, original_ts_event: '9', price: '3', size: '4' },
  ],
  [
    'gap_report',
    { case: 'gap', value: { firstMissing: 5n, lastMissing: 8n, cause: 1, repairedBy: 4 } },
    (event, copies) =>
      feed.writeGapReportRow(
        copies.plain('gap_report'),
        event,
        bodyOf(proto.GapSchema, event),
        ids,
      ),
    { first_missing: '5', last_missing: '8', cause: 1, repaired_by: 4 },
  ],
  [
    'feed_status',
    { case: 'feedStatus', value: { state: 3, receiveAgeNs: 11n, reason: 'closed' } },
    (event, copies) =>
      feed.writeFeedStatusRow(
        copies.plain('feed_status'),
        event,
        bodyOf(proto.FeedStatusSchema, event),
        ids,
      ),
    { state: 3, receive_age_ns: '11', reason: 'closed' },
  ],
  [
    'vendor_bar',
    {
      case: 'bar',
      value: { barType: 'AAPL.XNAS-1-DAY-LAST-EXTERNAL', open: 1n, notional: '12.5', quality: 1 },
    },
    (event, copies) =>
      writeVendorBarRow(copies.plain('vendor_bar'), event, bodyOf(proto.BarSchema, event), ids),
    { bar_type: 'AAPL.XNAS-1-DAY-LAST-EXTERNAL', open: '1', notional: '12.5', quality: 1 },
  ],
];

test.each(PLAIN)('an event of %s is stored', async (_, body, write, fields) => {
  const copies = new CopySet();
  write(eventOf(body), copies);
  expect(await store(copies)).toMatchObject([{ ...HEADER, ...fields }]);
});
