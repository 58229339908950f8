import { type EventBody, type FeedEvent, type FeedSymbol, UNDEF_PRICE } from '@feedmill/core/event';
import {
  AggressorSide,
  BookAction,
  CorrectionKind,
  FeedState,
  InstrumentClass,
  SequenceKind,
  Side,
  TsEventSource,
} from '@feedmill/proto/feedmill/v1/event_pb';
import type { Chance } from '../kernel/chance.ts';
import { START_WALL_MS } from '../kernel/sim-clock.ts';
import type { Outcome, PlannedEvent, PlannedFeed } from './planned-event.ts';

const NANOS_PER_MS = 1_000_000n;
const UNIT = 1_000_000_000n;
/** Corrections and repeats are about one of the newest so many trades. */
const RECENT_MAX = 24;
const EVENTS_PER_SECOND_MIN = 1;

/** What a feed is like. */
export interface FeedOptions {
  readonly producer: string;
  readonly events: number;
  /** Mean, over virtual time. */
  readonly eventsPerSecond: number;
  /** Mean between two events in the venue's time, ms: bars should close while it runs. */
  readonly eventStepMs: number;
  readonly instruments: readonly string[];
  readonly storesBooks: boolean;
}

interface Instrument {
  readonly symbol: FeedSymbol;
  readonly name: string;
  readonly channelId: number;
  nextSequence: number;
  readonly skipped: number[];
  readonly recent: FeedEvent[];
  price: bigint;
}

/** Makes up a feed: trades, quotes, books and what else a venue does, its faults included. */
export function planFeed(options: FeedOptions, chance: Chance): PlannedFeed {
  return new FeedWriter(options, chance).write();
}

class FeedWriter {
  readonly #options: FeedOptions;
  readonly #chance: Chance;
  readonly #instruments: readonly Instrument[];
  readonly #planned: PlannedEvent[] = [];
  #dueMs = 0;
  #eventMs = 0;

  constructor(options: FeedOptions, chance: Chance) {
    this.#options = options;
    this.#chance = chance;
    this.#instruments = options.instruments.map((name, index) => ({
      symbol: { publisherId: 7, venue: 'XSIM', rawSymbol: name },
      name: `${name}.XSIM`,
      channelId: index + 1,
      nextSequence: 1,
      skipped: [],
      recent: [],
      price: BigInt(chance.int(10, 500)) * UNIT,
    }));
  }

  write(): PlannedFeed {
    for (const instrument of this.#instruments) this.#define(instrument);
    this.#status(FeedState.CONNECTED);
    while (this.#planned.length < this.#options.events) this.#any();
    return { producer: this.#options.producer, events: this.#planned };
  }

  #any(): void {
    const chance = this.#chance;
    const instrument = chance.pick(this.#instruments);
    const draw = chance.random();
    if (draw < 0.6) this.#trade(instrument);
    else if (draw < 0.78) this.#quote(instrument);
    else if (draw < 0.83) this.#book(instrument);
    else if (draw < 0.87) this.#correct(instrument);
    else if (draw < 0.9) this.#repeat(instrument);
    else if (draw < 0.93) this.#fill(instrument);
    else if (draw < 0.95) this.#bad(instrument);
    else if (draw < 0.97) this.#news();
    else if (draw < 0.98) this.#define(instrument);
    else if (draw < 0.985) this.#status(chance.pick([FeedState.CONNECTED, FeedState.DISCONNECTED]));
    // A hole in the venue's numbers.
    else if (instrument.nextSequence > 1) instrument.nextSequence += this.#skip(instrument);
  }

  #skip(instrument: Instrument): number {
    const count = this.#chance.int(1, 3);
    for (let each = 0; each < count; each += 1) {
      instrument.skipped.push(instrument.nextSequence + each);
    }
    return count;
  }

  #define(instrument: Instrument): void {
    this.#add(
      this.#event(instrument.symbol, {
        case: 'definition',
        value: {
          instrument: instrument.name,
          instrumentClass: InstrumentClass.EQUITY,
          minPriceIncrement: 10_000_000n,
          lotSize: UNIT,
        },
      }),
      { kind: 'stored', table: 'definition' },
    );
  }

  #status(state: FeedState): void {
    const symbol = { publisherId: 7, venue: 'XSIM', rawSymbol: '' };
    this.#add(this.#event(symbol, { case: 'feedStatus', value: { state } }), {
      kind: 'stored',
      table: 'feed_status',
    });
  }

  #trade(instrument: Instrument): void {
    const { nextSequence } = instrument;
    instrument.nextSequence += 1;
    this.#addTrade(instrument, nextSequence);
  }

  /** Something that was missing arrives after all. */
  #fill(instrument: Instrument): void {
    const sequence = instrument.skipped.shift();
    if (sequence === undefined) this.#trade(instrument);
    else this.#addTrade(instrument, sequence);
  }

  #addTrade(instrument: Instrument, sequence: number): void {
    const chance = this.#chance;
    instrument.price += BigInt(chance.int(-50, 50)) * 10_000_000n;
    if (instrument.price <= 0n) instrument.price = UNIT;
    const event = this.#numbered(
      instrument,
      sequence,
      {
        case: 'trade',
        value: {
          price: instrument.price,
          size: BigInt(chance.int(1, 500)) * UNIT,
          aggressorSide: chance.pick([
            AggressorSide.BUY,
            AggressorSide.SELL,
            AggressorSide.NO_AGGRESSOR,
          ]),
          tradeId: `${instrument.name}-${sequence}`,
        },
      },
      chance.hit(0.15) ? chance.exponential(4_000) : 0,
    );
    instrument.recent.push(event);
    if (instrument.recent.length > RECENT_MAX) instrument.recent.shift();
    this.#add(event, { kind: 'stored', table: 'trade' });
  }

  #quote(instrument: Instrument): void {
    const spread = BigInt(this.#chance.int(1, 20)) * 10_000_000n;
    const sequence = instrument.nextSequence;
    instrument.nextSequence += 1;
    this.#add(
      this.#numbered(instrument, sequence, {
        case: 'quote',
        value: {
          bidPx: instrument.price,
          bidSz: UNIT,
          askPx: instrument.price + spread,
          askSz: 2n * UNIT,
        },
      }),
      { kind: 'stored', table: 'quote' },
    );
  }

  #book(instrument: Instrument): void {
    const sequence = instrument.nextSequence;
    instrument.nextSequence += 1;
    const changes = Array.from({ length: this.#chance.int(1, 4) }, (_, depth) => ({
      action: BookAction.MODIFY,
      side: this.#chance.pick([Side.BID, Side.ASK]),
      price: instrument.price + BigInt(depth) * 10_000_000n,
      size: BigInt(this.#chance.int(0, 9)) * UNIT,
      depth,
    }));
    this.#add(
      this.#numbered(instrument, sequence, { case: 'bookDelta', value: { changes } }),
      this.#options.storesBooks ? { kind: 'stored', table: 'book_delta' } : { kind: 'unstored' },
    );
  }

  #correct(instrument: Instrument): void {
    if (instrument.recent.length === 0) {
      this.#trade(instrument);
      return;
    }
    const about = this.#chance.pick(instrument.recent);
    if (about.body.case !== 'trade') return;
    const isCancel = this.#chance.hit(0.4);
    this.#add(
      this.#event(instrument.symbol, {
        case: 'correction',
        value: {
          kind: isCancel ? CorrectionKind.CANCEL : CorrectionKind.CORRECT,
          correctsTradeId: about.body.value.tradeId,
          originalTsEvent: about.tsEvent,
          price: isCancel ? 0n : BigInt(about.body.value.price) + 10_000_000n,
          size: isCancel ? 0n : BigInt(about.body.value.size),
        },
      }),
      { kind: 'stored', table: 'correction' },
    );
  }

  /** The venue sends a trade again, as a redundant line does. */
  #repeat(instrument: Instrument): void {
    const event = instrument.recent.at(-1);
    if (event === undefined) this.#trade(instrument);
    else this.#add(event, { kind: 'duplicate' });
  }

  #bad(instrument: Instrument): void {
    if (this.#chance.hit(0.5)) {
      const symbol = { ...instrument.symbol, rawSymbol: 'NOBODY' };
      this.#add(
        this.#event(symbol, {
          case: 'quote',
          value: { bidPx: UNIT, bidSz: UNIT, askPx: UNDEF_PRICE, askSz: 0n },
        }),
        { kind: 'dead letter', reason: 'INSTRUMENT_UNKNOWN' },
      );
      return;
    }
    const sequence = instrument.nextSequence;
    instrument.nextSequence += 1;
    this.#add(
      this.#numbered(instrument, sequence, {
        case: 'trade',
        value: {
          price: UNDEF_PRICE,
          size: UNIT,
          aggressorSide: AggressorSide.BUY,
          tradeId: `bad-${sequence}`,
        },
      }),
      { kind: 'dead letter', reason: 'PRICE_UNDEFINED' },
    );
  }

  #news(): void {
    const number = this.#planned.length;
    const symbol = { publisherId: 7, venue: 'XSIM', rawSymbol: '' };
    this.#add(
      this.#event(symbol, {
        case: 'news',
        value: { newsId: `n${number}`, source: 'wire', headline: `Headline ${number}` },
      }),
      { kind: 'stored', table: 'news' },
    );
  }

  #numbered(instrument: Instrument, sequence: number, body: EventBody, lateMs = 0): FeedEvent {
    return {
      ...this.#event(instrument.symbol, body, lateMs),
      channelId: instrument.channelId,
      sequenceKind: SequenceKind.DENSE,
      sequence,
    };
  }

  #event(symbol: FeedSymbol, body: EventBody, lateMs = 0): FeedEvent {
    const wallMs = BigInt(START_WALL_MS + Math.floor(Math.max(0, this.#eventMs - lateMs)));
    return {
      symbol,
      tsEvent: wallMs * NANOS_PER_MS,
      tsEventSource: TsEventSource.VENUE,
      tsRecv: BigInt(START_WALL_MS + Math.floor(this.#eventMs)) * NANOS_PER_MS,
      body,
    };
  }

  #add(event: FeedEvent, outcome: Outcome): void {
    this.#planned.push({ event, dueMs: this.#dueMs, outcome });
    const rate = Math.max(this.#options.eventsPerSecond, EVENTS_PER_SECOND_MIN);
    // Mostly in bursts, as markets do.
    this.#dueMs += this.#chance.hit(0.5) ? 0 : this.#chance.exponential(2_000 / rate);
    this.#eventMs += this.#chance.exponential(this.#options.eventStepMs);
  }
}
