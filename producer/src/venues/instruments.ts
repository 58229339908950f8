import type { MessageInitShape } from '@bufbuild/protobuf';
import type { FeedEvent, FeedSymbol, Int64 } from '@feedmill/core/event';
import { BOOK_LEVELS_MAX } from '@feedmill/core/limits';
import type { DefinitionSchema } from '@feedmill/proto/feedmill/v1/event_pb';
import { Channel, channelId, INSTRUMENTS_PER_STREAM_MAX } from './channels.ts';
import { receiveTime, type Times } from './message-times.ts';
import { MessageFault } from './rejection.ts';

/** What a DEFINITION says. */
export type DefinitionBody = MessageInitShape<typeof DefinitionSchema>;

/** An instrument as a venue's own list has it. */
export interface Listing {
  readonly symbol: FeedSymbol;
  readonly definition: DefinitionBody;
}

/** Everything of an event but what its instrument and its times say. */
export type EventRest = Omit<FeedEvent, 'symbol' | keyof Times>;

/** One instrument of a session. */
export class Instrument {
  readonly symbol: FeedSymbol;
  /** The trade with the highest id so far, where the venue's ids rise. */
  lastTradeId: Int64 = 0;
  /** Decimals that the venue writes prices with, where a checksum is made of them. */
  priceDecimals = 0;
  /** Levels that the venue's book has on each side; what falls out of it is not removed by name. */
  bookDepth = BOOK_LEVELS_MAX;
  /** What a DEFINITION that was not sent yet says. */
  pending: DefinitionBody | undefined;
  /** The last DEFINITION of a list, as text: lists come again and mostly say the same. */
  listed = '';
  readonly #takeSlot: () => number;
  #slot: number | undefined;

  /** @param takeSlot gives the next place in the stream; asked once, when it is needed */
  constructor(symbol: FeedSymbol, takeSlot: () => number) {
    this.symbol = symbol;
    this.#takeSlot = takeSlot;
  }

  /** Takes its place in the stream, where it has none yet. */
  takePlace(): void {
    this.#slot ??= this.#takeSlot();
  }

  /**
   * The id of one of its channels.
   *
   * @throws MessageFault instrument_unknown when there are more instruments than ids
   */
  channel(channel: Channel): number {
    this.#slot ??= this.#takeSlot();
    return channelId(this.#slot, channel);
  }

  /** The event, after the DEFINITION of the instrument where that was not sent. */
  events(times: Times, rest: EventRest): readonly FeedEvent[] {
    const event: FeedEvent = { symbol: this.symbol, ...times, ...rest };
    return this.pending === undefined ? [event] : [this.#definition(times), event];
  }

  /** The same for several events of one message. */
  eventsOf(parts: readonly (readonly [Times, EventRest])[]): FeedEvent[] {
    const events = parts.map(
      ([times, rest]): FeedEvent => ({ symbol: this.symbol, ...times, ...rest }),
    );
    const first = parts[0];
    if (this.pending !== undefined && first !== undefined) {
      events.unshift(this.#definition(first[0]));
    }
    return events;
  }

  #definition(times: Times): FeedEvent {
    const definition = definitionEvent(this.symbol, times, this.pending as DefinitionBody);
    this.pending = undefined;
    return definition;
  }
}

const definitionEvent = (symbol: FeedSymbol, times: Times, value: DefinitionBody): FeedEvent => ({
  symbol,
  tsEvent: times.tsEvent,
  tsEventSource: times.tsEventSource,
  tsRecv: times.tsRecv,
  channelId: Channel.FEED,
  body: { case: 'definition', value },
});

/**
 * The instruments of a session, over all its connections. Where the venue's own list was read, it
 * alone says what there is: an instrument that it does not name gets no definition, so that its
 * events become dead letters. Without a list the symbol itself has to say what it can.
 */
export class InstrumentTable {
  readonly #describe: (symbol: FeedSymbol) => DefinitionBody;
  readonly #instruments = new Map<string, Instrument>();
  /** Publishers whose list was read. */
  readonly #listed = new Set<number>();
  /** Instruments in the order of their places in the stream. */
  readonly #places: FeedSymbol[] = [];

  /** @param describe what a symbol says of itself */
  constructor(describe: (symbol: FeedSymbol) => DefinitionBody) {
    this.#describe = describe;
  }

  /** The instrument of a symbol, made where it is new. */
  find(publisherId: number, venue: string, rawSymbol: string): Instrument {
    const key = `${publisherId}:${rawSymbol}`;
    const known = this.#instruments.get(key);
    if (known !== undefined) return known;
    const instrument = this.#add(key, { publisherId, venue, rawSymbol });
    if (!this.#listed.has(publisherId)) instrument.pending = this.#describe(instrument.symbol);
    return instrument;
  }

  /** The instrument of an event of this session. */
  at(symbol: FeedSymbol): Instrument {
    return this.find(symbol.publisherId, symbol.venue, symbol.rawSymbol);
  }

  /** Instruments that have a place in the stream, in that order. */
  get places(): readonly FeedSymbol[] {
    return this.#places;
  }

  /** All instruments of a publisher that were named so far. */
  *of(publisherId: number): Generator<Instrument> {
    for (const instrument of this.#instruments.values()) {
      if (instrument.symbol.publisherId === publisherId) yield instrument;
    }
  }

  /** Takes a venue's list: what is new in it as events, which replace those of before. */
  list(publisherId: number, listings: readonly Listing[], tsRecv: bigint): FeedEvent[] {
    this.#listed.add(publisherId);
    const times = receiveTime(tsRecv);
    const events: FeedEvent[] = [];
    for (const { symbol, definition } of listings) {
      const key = `${symbol.publisherId}:${symbol.rawSymbol}`;
      const instrument = this.#instruments.get(key) ?? this.#add(key, symbol);
      const text = JSON.stringify(definition, (_key, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      );
      if (instrument.listed === text) continue;
      instrument.listed = text;
      instrument.pending = undefined;
      events.push(definitionEvent(instrument.symbol, times, definition));
    }
    return events;
  }

  #add(key: string, symbol: FeedSymbol): Instrument {
    const instrument = new Instrument(symbol, () => this.#takeSlot(symbol));
    this.#instruments.set(key, instrument);
    return instrument;
  }

  #takeSlot(symbol: FeedSymbol): number {
    const slot = this.#places.length;
    if (slot >= INSTRUMENTS_PER_STREAM_MAX) {
      const most = `a stream can hold ${INSTRUMENTS_PER_STREAM_MAX} symbols; split the capture`;
      throw new MessageFault('oversized', `'${symbol.rawSymbol}' is one symbol too many: ${most}`);
    }
    this.#places.push(symbol);
    return slot;
  }
}
