import { Flag, UNDEF_PRICE } from '@feedmill/core/event';
import { type ProducerWindows, TradeOutcome } from '@feedmill/core/window/producer-windows';
import { int64FromHalves } from '@feedmill/core/wire/int64-halves';
import { QuoteView } from '@feedmill/core/wire/quote-view';
import { TradeView } from '@feedmill/core/wire/trade-view';
import {
  BookAction,
  type BookDelta,
  type BookSnapshot,
  Side,
} from '@feedmill/proto/feedmill/v1/event_pb';
import {
  type BookChangeFields,
  writeBookChangeRow,
  writeQuoteRow,
  writeTradeRow,
} from '@feedmill/store/copy/market-rows';
import {
  checkAggressorSide,
  checkEnum,
  checkPriceSign,
  checkSize,
  checkText,
  checkTextRange,
  checkTradePrice,
  isUndefPrice,
} from './event-checks.ts';
import type { EventContext, ProducerInstrument } from './event-context.ts';
import { EventFault } from './event-fault.ts';
import { idHash } from './id-hash.ts';

const trade = new TradeView();
const quote = new QuoteView();
const HALF = 0xffff_ffffn;

/**
 * A trade: a row, and a part of its bars. The view that it was read by is returned; it is valid
 * until the next trade.
 */
export function handleTrade(
  context: EventContext,
  instrument: ProducerInstrument,
  windows: ProducerWindows,
): TradeView {
  const { event, ids } = context;
  trade.read(event);
  checkTradePrice(trade.priceHi, trade.priceLo, instrument.known.allowsNegativePrice);
  checkSize('size', trade.sizeHi, trade.sizeLo);
  checkAggressorSide(trade.aggressorSide);
  checkTextRange(event, 'trade_id', trade.tradeIdStart, trade.tradeIdEnd);
  for (const condition of trade.saleConditions ?? []) checkText('sale_conditions', condition);
  if (trade.trf !== undefined) checkText('trf', trade.trf);
  idHash.hash(event.bytes, trade.tradeIdStart, trade.tradeIdEnd);
  const outcome = windows.addTrade(
    instrument.windows,
    context.seconds,
    context.nanos,
    int64FromHalves(trade.priceHi, trade.priceLo),
    int64FromHalves(trade.sizeHi, trade.sizeLo),
    trade.aggressorSide,
    ids.producerSequence,
    idHash.lo,
    idHash.hi,
    trade.updates,
  );
  if ((outcome & (TradeOutcome.LATE | TradeOutcome.TOO_LATE)) !== 0) ids.flags |= Flag.LATE;
  const copy = context.rows.copies.daily('trade', event.tsEventHi, event.tsEventLo);
  writeTradeRow(copy, event, trade, ids);
  return trade;
}

/**
 * A best bid and offer: a row. One side may be missing, then its price is UNDEF_PRICE. The view
 * that it was read by is returned; it is valid until the next quote.
 */
export function handleQuote(context: EventContext, instrument: ProducerInstrument): QuoteView {
  const { event } = context;
  const allowsNegative = instrument.known.allowsNegativePrice;
  quote.read(event);
  if (!isUndefPrice(quote.bidPxHi, quote.bidPxLo)) {
    checkPriceSign('bid_px', quote.bidPxHi, quote.bidPxLo, allowsNegative);
  }
  if (!isUndefPrice(quote.askPxHi, quote.askPxLo)) {
    checkPriceSign('ask_px', quote.askPxHi, quote.askPxLo, allowsNegative);
  }
  checkSize('bid_sz', quote.bidSzHi, quote.bidSzLo);
  checkSize('ask_sz', quote.askSzHi, quote.askSzLo);
  if (quote.quoteCondition !== '') checkText('quote_condition', quote.quoteCondition);
  const copy = context.rows.copies.daily('quote', event.tsEventHi, event.tsEventLo);
  writeQuoteRow(copy, event, quote, context.ids);
  return quote;
}

/** The changes of one venue message: a row each, where book deltas are stored. */
export function handleBookDelta(
  context: EventContext,
  instrument: ProducerInstrument,
  delta: BookDelta,
  isStored: boolean,
): void {
  const allowsNegative = instrument.known.allowsNegativePrice;
  const changes = delta.changes.map((change): BookChangeFields => {
    checkEnum('action', change.action, BookAction.FILL);
    checkEnum('side', change.side, Side.ASK);
    return changeFields(
      change.action,
      change.side,
      change,
      change.orderId,
      change.depth,
      allowsNegative,
    );
  });
  writeChanges(context, changes, delta.checksum, isStored);
}

/** A whole book: CLEAR and one ADD for each level, where book deltas are stored. */
export function handleBookSnapshot(
  context: EventContext,
  instrument: ProducerInstrument,
  snapshot: BookSnapshot,
  isStored: boolean,
): void {
  const allowsNegative = instrument.known.allowsNegativePrice;
  const changes: BookChangeFields[] = [CLEAR];
  for (const [side, levels] of [
    [Side.BID, snapshot.bids],
    [Side.ASK, snapshot.asks],
  ] as const) {
    for (const [depth, level] of levels.entries()) {
      changes.push(changeFields(BookAction.ADD, side, level, 0n, depth, allowsNegative));
    }
  }
  context.ids.flags |= Flag.SNAPSHOT;
  writeChanges(context, changes, undefined, isStored);
}

const CLEAR: BookChangeFields = {
  action: BookAction.CLEAR,
  side: Side.UNSPECIFIED,
  priceHi: Number(UNDEF_PRICE >> 32n),
  priceLo: Number(UNDEF_PRICE & HALF),
  sizeHi: 0,
  sizeLo: 0,
  orderIdHi: 0,
  orderIdLo: 0,
  depth: 0,
};

function changeFields(
  action: number,
  side: number,
  level: { readonly price: bigint; readonly size: bigint },
  orderId: bigint,
  depth: number,
  allowsNegative: boolean,
): BookChangeFields {
  if (level.size < 0n) throw new EventFault('SIZE_NEGATIVE', `size is ${level.size}e-9.`);
  if (level.price < 0n && !allowsNegative) {
    throw new EventFault('PRICE_NEGATIVE', `price is ${level.price}e-9.`);
  }
  return {
    action,
    side,
    priceHi: Number(level.price >> 32n),
    priceLo: Number(level.price & HALF),
    sizeHi: Number(level.size >> 32n),
    sizeLo: Number(level.size & HALF),
    orderIdHi: Number(BigInt.asIntN(64, orderId) >> 32n),
    orderIdLo: Number(orderId & HALF),
    depth,
  };
}

function writeChanges(
  context: EventContext,
  changes: readonly BookChangeFields[],
  checksum: bigint | undefined,
  isStored: boolean,
): void {
  if (!isStored || changes.length === 0) {
    context.progress.unstoredEvents += 1;
    return;
  }
  const { event, ids } = context;
  const copy = context.rows.copies.daily('book_delta', event.tsEventHi, event.tsEventLo);
  for (const [index, change] of changes.entries()) {
    const isLast = index === changes.length - 1;
    writeBookChangeRow(copy, event, change, index, isLast ? checksum : undefined, ids);
  }
}
