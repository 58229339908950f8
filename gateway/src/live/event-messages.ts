import type { FeedSymbol } from '@feedmill/core/event';
import type { Event, Quote, Trade } from '@feedmill/proto/feedmill/v1/event_pb';
import { EventKind, type SubscribeResponse } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { QUOTES } from '../query/quotes.ts';
import { TRADES } from '../query/trades.ts';
import { LiveMessage } from './live-message.ts';
import { type NamedValues, rowWriter } from './row-writer.ts';
import { STATUSES } from './status-columns.ts';
import type { SymbolNames } from './symbol-names.ts';
import type { TopicName } from './topic.ts';

/** Kinds that a topic is made of; others are not asked for when a journal is read again. */
export const TOPIC_KINDS: Readonly<Partial<Record<TopicName, EventKind>>> = {
  trades: EventKind.TRADE,
  quotes: EventKind.QUOTE,
  status: EventKind.STATUS,
};

const UPDATES_LAST = 1;
const UPDATES_HIGH_LOW = 2;
const UPDATES_VOLUME = 4;

/** What an event says about itself, whatever it is. */
interface Origin {
  readonly response: SubscribeResponse;
  readonly event: Event;
  readonly offset: number;
  readonly venue: string;
  readonly instrument: string;
}

const writeTrade = rowWriter(TRADES.columns);
const writeQuote = rowWriter(QUOTES.columns);
const writeStatus = rowWriter(STATUSES);

/** The messages of a response: what can be named, in order. */
export function eventMessages(response: SubscribeResponse, symbols: SymbolNames): LiveMessage[] {
  const messages: LiveMessage[] = [];
  for (const [index, event] of response.events.entries()) {
    const symbol = response.symbols[event.symbol];
    if (symbol === undefined) continue;
    defineFrom(event, symbol, symbols);
    const body = event.body;
    if (body.case !== 'trade' && body.case !== 'quote' && body.case !== 'status') continue;
    const instrument = symbols.at(symbol, event.tsEvent);
    if (instrument === undefined) continue;
    const offset = response.offsets[index] ?? 0;
    const origin = { response, event, offset, venue: symbol.venue, instrument };
    messages.push(messageOf(body, origin));
  }
  return messages;
}

/** Whether something in it is about a symbol that nobody has told the meaning of. */
export function hasUnknown(response: SubscribeResponse, symbols: SymbolNames): boolean {
  const named = new Set<number>();
  return response.events.some((event) => {
    if (event.body.case === 'definition') named.add(event.symbol);
    const symbol = response.symbols[event.symbol];
    if (symbol === undefined || symbol.rawSymbol === '' || named.has(event.symbol)) return false;
    return symbols.at(symbol, event.tsEvent) === undefined;
  });
}

type ShownBody = Extract<Event['body'], { case: 'trade' | 'quote' | 'status' }>;

function messageOf(body: ShownBody, origin: Origin): LiveMessage {
  const { instrument, offset, response } = origin;
  const { producer } = response;
  const fields = { names: [instrument], ordinal: offset + 1 };
  switch (body.case) {
    case 'trade':
      return new LiveMessage({
        ...fields,
        topic: 'trades',
        key: `trade ${producer} ${instrument}`,
        write: () => writeTrade({ ...originValues(origin), ...tradeValues(body.value) }),
      });
    case 'quote':
      return new LiveMessage({
        ...fields,
        topic: 'quotes',
        key: `quote ${producer} ${instrument}`,
        write: () => writeQuote({ ...originValues(origin), ...quoteValues(body.value) }),
      });
    case 'status': {
      const { action, reason, isTrading, isQuoting } = body.value;
      return new LiveMessage({
        ...fields,
        topic: 'status',
        key: `status ${producer} ${instrument}`,
        write: () =>
          writeStatus({
            ...originValues(origin),
            action,
            reason: textOrNull(reason),
            is_trading: isTrading,
            is_quoting: isQuoting,
          }),
      });
    }
  }
}

function defineFrom({ body }: Event, symbol: FeedSymbol, symbols: SymbolNames): void {
  if (body.case === 'definition') symbols.define(symbol, body.value);
}

const originValues = ({ response, event, offset, venue, instrument }: Origin): NamedValues => ({
  instrument,
  ts_event: String(event.tsEvent),
  venue,
  producer: response.producer,
  producer_sequence: String(response.firstSequence + BigInt(offset)),
  sequence: String(event.sequence),
  ts_event_source: event.tsEventSource,
  ts_recv: String(event.tsRecv),
  ts_init: String(response.tsInit),
  flags: event.flags,
});

const tradeValues = (trade: Trade): NamedValues => ({
  price: String(trade.price),
  size: String(trade.size),
  aggressor_side: trade.aggressorSide,
  trade_id: trade.tradeId,
  conditions: trade.saleConditions.length === 0 ? null : trade.saleConditions,
  // What a print does not say, it does.
  update_flags:
    (trade.updatesLast === false ? 0 : UPDATES_LAST) +
    (trade.updatesHighLow === false ? 0 : UPDATES_HIGH_LOW) +
    (trade.updatesVolume === false ? 0 : UPDATES_VOLUME),
  trf: textOrNull(trade.trf),
});

const quoteValues = (quote: Quote): NamedValues => ({
  bid_px: String(quote.bidPx),
  bid_sz: String(quote.bidSz),
  bid_ct: quote.bidCt,
  ask_px: String(quote.askPx),
  ask_sz: String(quote.askSz),
  ask_ct: quote.askCt,
  quote_condition: textOrNull(quote.quoteCondition),
  is_indicative: quote.isIndicative,
});

const textOrNull = (text: string): string | null => (text === '' ? null : text);
