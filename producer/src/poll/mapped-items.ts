import {
  type EventBody,
  type FeedEvent,
  type FeedSymbol,
  Flag,
  type QuoteBody,
  type TradeBody,
  UNDEF_PRICE,
} from '@feedmill/core/event';
import {
  AggressorSide,
  CorrectionKind,
  InstrumentClass,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { newsEvent } from '../news/news-events.ts';
import { parseNewsTime } from '../news/news-time.ts';
import { Channel } from '../venues/channels.ts';
import { hasLongNumber, parseMessage } from '../venues/exact-json.ts';
import { type Instrument, InstrumentTable } from '../venues/instruments.ts';
import { badField, bareDecimalOf } from '../venues/message-fields.ts';
import { receiveTime, type Times, venueTime } from '../venues/message-times.ts';
import { Publisher } from '../venues/publishers.ts';
import { MessageFault } from '../venues/rejection.ts';
import type { MessageProblems } from '../venues/venue-mapper.ts';
import type { JsonMapping } from './json-mapping.ts';
import { type Found, JsonPath } from './json-path.ts';
import { ANSWER_ITEMS_MAX } from './limits.ts';
import { type AnswerReader, digestOf, type PollItem, rejectedItem } from './poll-item.ts';

const INT64_END = 2n ** 63n;
const BUY = /^(b|buy|bid)$/i;
const SELL = /^(s|sell|ask|offer)$/i;

/** Makes items of a JSON answer as a mapping says. */
export class MappedItems implements AnswerReader {
  readonly feed: FeedSymbol;
  readonly isWindow: boolean;
  readonly accept = 'application/json';
  readonly #mapping: JsonMapping;
  readonly #problems: MessageProblems;
  readonly #instruments: InstrumentTable;

  constructor(mapping: JsonMapping, problems: MessageProblems) {
    this.#mapping = mapping;
    this.#problems = problems;
    const { kind, venue } = mapping;
    this.feed = { publisherId: Publisher.POLLED, venue, rawSymbol: '' };
    this.isWindow = kind !== 'quote';
    this.#instruments = new InstrumentTable(({ rawSymbol }) => ({
      instrument: `${rawSymbol}.${venue}`,
      instrumentClass: InstrumentClass.UNSPECIFIED,
    }));
  }

  items(text: string, tsRecv: bigint): readonly PollItem[] {
    const answer = parseMessage(text, hasLongNumber(text));
    const found = this.#mapping.items.all({ name: '', value: answer });
    if (found.length > ANSWER_ITEMS_MAX) {
      const seen = `the answer has ${found.length} items`;
      throw new MessageFault('oversized', `${seen} where ${ANSWER_ITEMS_MAX} are allowed`);
    }
    return found.map((item) => {
      const fields = new Fields(this.#mapping, answer, item);
      try {
        return this.#item(fields, tsRecv);
      } catch (error) {
        const raw = JSON.stringify(item.value, exactText) ?? '';
        return rejectedItem(this.feed, this.#problems, error, raw, tsRecv);
      }
    });
  }

  #item(fields: Fields, tsRecv: bigint): PollItem {
    switch (this.#mapping.kind) {
      case 'trade':
        return this.#trade(fields, tsRecv);
      case 'quote':
        return this.#quote(fields, tsRecv);
      case 'news':
        return this.#news(fields, tsRecv);
    }
  }

  #trade(fields: Fields, tsRecv: bigint): PollItem {
    const instrument = this.#instrument(fields);
    const times = fields.times(tsRecv);
    const value: TradeBody = {
      price: bareDecimalOf(fields.required('price'), 'price'),
      size: bareDecimalOf(fields.required('size'), 'size'),
      aggressorSide: sideOf(fields.value('side')),
      tradeId: fields.text('id'),
    };
    const { price, size, aggressorSide, tradeId } = value;
    const correction: EventBody = {
      case: 'correction',
      value: {
        correctsTradeId: tradeId,
        kind: CorrectionKind.CORRECT,
        originalTsEvent: times.tsEvent,
        price: BigInt(price),
        size: BigInt(size),
      },
    };
    return {
      key: `${instrument.symbol.rawSymbol} ${tradeId}`,
      says: [times.tsEvent, price, size, aggressorSide].join(' '),
      tsEvent: times.tsEvent,
      events: (edition) =>
        edition === 0
          ? eventsOf(instrument, Channel.TRADE, times, { case: 'trade', value })
          : eventsOf(instrument, Channel.FEED, receiveTime(tsRecv), correction),
    };
  }

  #quote(fields: Fields, tsRecv: bigint): PollItem {
    const instrument = this.#instrument(fields);
    const times = fields.times(tsRecv);
    const value: QuoteBody = {
      ...sideOfQuote(fields, 'bid', (bidPx, bidSz) => ({ bidPx, bidSz })),
      ...sideOfQuote(fields, 'ask', (askPx, askSz) => ({ askPx, askSz })),
    };
    const { bidPx, bidSz, askPx, askSz } = value;
    // Without a time of its own, a quote that says the same is the same.
    const time = fields.has('time') ? times.tsEvent : '';
    return {
      key: `${instrument.symbol.rawSymbol} ${time}`,
      says: [bidPx, bidSz, askPx, askSz].join(' '),
      tsEvent: times.tsEvent,
      events: () => eventsOf(instrument, Channel.QUOTE, times, { case: 'quote', value }),
    };
  }

  #news(fields: Fields, tsRecv: bigint): PollItem {
    const times = fields.times(tsRecv);
    const headline = fields.text('headline');
    const url = fields.optionalText('link');
    const id = fields.optionalText('news-id') || url || digestOf(headline);
    const language = fields.optionalText('language');
    const { venue: source } = this.#mapping;
    const rest = { id, source, headline, url, language, ...times };
    return {
      key: id,
      says: headline,
      tsEvent: times.tsEvent,
      events: (revision) => [newsEvent({ ...rest, revision })],
    };
  }

  #instrument(fields: Fields): Instrument {
    const { venue } = this.#mapping;
    return this.#instruments.find(Publisher.POLLED, venue, fields.text('symbol'));
  }
}

/** The fields of one item. */
class Fields {
  readonly #mapping: JsonMapping;
  readonly #answer: Found;
  readonly #item: Found;

  constructor(mapping: JsonMapping, answer: unknown, item: Found) {
    this.#mapping = mapping;
    this.#answer = { name: '', value: answer };
    this.#item = item;
  }

  has(name: string): boolean {
    return this.#mapping.fields.has(name);
  }

  value(name: string): unknown {
    const source = this.#mapping.fields.get(name);
    if (!(source instanceof JsonPath)) return source;
    return source.first(source.isOfItem ? this.#item : this.#answer) ?? undefined;
  }

  /** @throws MessageFault bad_field */
  required(name: string): unknown {
    const value = this.value(name);
    if (value === undefined) throw badField(name, value, 'a value');
    return value;
  }

  /** @throws MessageFault bad_field */
  text(name: string): string {
    const text = this.optionalText(name);
    if (text === '') throw badField(name, this.value(name), 'a text');
    return text;
  }

  optionalText(name: string): string {
    const value = this.value(name);
    if (typeof value === 'string') return value.trim();
    if (typeof value === 'bigint') return value.toString();
    return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : '';
  }

  /** @throws MessageFault bad_field for a time that is none */
  times(tsRecv: bigint): Times {
    if (!this.has('time')) return receiveTime(tsRecv);
    const value = this.required('time');
    const nanos = this.#nanosOf(typeof value === 'string' ? value.trim() : value);
    if (nanos !== undefined && nanos >= 0n && nanos < INT64_END) return venueTime(nanos, tsRecv);
    const allowed = 'a time of ISO 8601, of RFC 822, or in digits, from 1970 to 2262,';
    throw badField('time', value, allowed);
  }

  #nanosOf(value: unknown): bigint | undefined {
    const { timeUnitNanos, zone } = this.#mapping;
    const text = String(value);
    if (/^\d{1,19}$/.test(text)) return BigInt(text) * timeUnitNanos;
    if (/^\d{1,10}\.\d{1,9}$/.test(text) && timeUnitNanos === 1_000_000_000n) {
      // A decimal's mantissa is just that.
      return BigInt(bareDecimalOf(text, 'time'));
    }
    if (typeof value !== 'string') return undefined;
    return parseNewsTime(/T\d\d:\d\d[\d:.]*$| \d\d:\d\d[\d:.]*$/.test(text) ? text + zone : text);
  }
}

function sideOf(value: unknown): AggressorSide {
  if (value === undefined) return AggressorSide.NO_AGGRESSOR;
  if (typeof value === 'string' && BUY.test(value)) return AggressorSide.BUY;
  if (typeof value === 'string' && SELL.test(value)) return AggressorSide.SELL;
  throw badField('side', value, 'buy or sell');
}

/** One side of a quote; a side without a price does not exist. */
function sideOfQuote<Side>(
  fields: Fields,
  name: 'bid' | 'ask',
  make: (price: number | bigint, size: number | bigint) => Side,
): Side {
  const price = fields.value(name);
  if (price === undefined) return make(UNDEF_PRICE, 0);
  const size = fields.value(`${name}-size`) ?? 0;
  return make(bareDecimalOf(price, name), bareDecimalOf(size, `${name}-size`));
}

const eventsOf = (
  instrument: Instrument,
  channelId: Channel,
  times: Times,
  body: EventBody,
): readonly FeedEvent[] => instrument.events(times, { flags: Flag.LAST, channelId, body });

const exactText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;
