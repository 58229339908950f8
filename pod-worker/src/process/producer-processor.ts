import { epochNanosHi, epochNanosLo, epochSeconds, nanosOfSecond } from '@feedmill/core/epoch-time';
import type { FeedSymbol } from '@feedmill/core/event';
import { EntityIndex } from '@feedmill/core/news/entity-index';
import type { SentimentModel } from '@feedmill/core/news/sentiment-model';
import { StateReader } from '@feedmill/core/state/state-reader';
import { StateWriter } from '@feedmill/core/state/state-writer';
import type { Bar } from '@feedmill/core/window/bar';
import { ProducerWindows } from '@feedmill/core/window/producer-windows';
import { bigintFromHalves } from '@feedmill/core/wire/int64-halves';
import { BodyField, WireError } from '@feedmill/core/wire/wire-format';
import {
  BookDeltaSchema,
  BookSnapshotSchema,
  type Definition,
  RejectedSchema,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { decodeBody, decodeChecked } from './decode-body.ts';
import { checkHeader } from './event-checks.ts';
import type { EventContext, ProducerInstrument } from './event-context.ts';
import { EventFault } from './event-fault.ts';
import {
  handleConsolidatedQuote,
  handleCorrection,
  handleDefinition,
  handleFeedStatus,
  handleGapReport,
  handleOrderEvent,
  handleStatus,
  handleVendorBar,
} from './feed-handlers.ts';
import { KnownInstrument, type StoredInstrument, symbolKey } from './known-instrument.ts';
import {
  handleBookDelta,
  handleBookSnapshot,
  handleQuote,
  handleTrade,
} from './market-handlers.ts';
import { handleNews } from './news-handler.ts';
import { REJECTIONS } from './rejection.ts';
import { SequenceObserver } from './sequence-observer.ts';

const STATE_VERSION = 2;
const MS_PER_SECOND = 1000;

/** What a processor is told by configuration; the same for every producer of a shard. */
export interface ProcessorOptions {
  readonly storeBookDeltas: boolean;
  readonly allowedLatenessMs: number;
  /** Scores news; undefined: nothing does. */
  readonly sentimentModel: SentimentModel | undefined;
}

const NO_NAMES = new EntityIndex();

/**
 * Everything that is derived from the events of one producer: a pure function of its journal
 * entries. What happens to an event is decided here and nowhere else.
 */
export class ProducerProcessor {
  readonly id: bigint;
  readonly name: string;
  incarnation = 0n;
  lastSequence = 0;
  readonly #options: ProcessorOptions;
  readonly #context: EventContext;
  readonly #instruments = new Map<string, ProducerInstrument>();
  readonly #byHandle: KnownInstrument[] = [];
  readonly #windows: ProducerWindows;
  #sequences = new SequenceObserver();
  /** Instruments of the current batch's dictionary, by index. */
  #resolved: (ProducerInstrument | undefined)[] = [];

  constructor(id: bigint, name: string, options: ProcessorOptions, context: EventContext) {
    this.id = id;
    this.name = name;
    this.#options = options;
    this.#context = context;
    this.#windows = new ProducerWindows((handle, bar) => this.#emitBar(handle, bar), {
      allowedLatenessMs: options.allowedLatenessMs,
    });
  }

  /** Prepares for the events of a batch. */
  beginBatch(symbols: readonly FeedSymbol[]): void {
    this.#resolved = symbols.map((symbol) => this.#instruments.get(symbolKey(symbol)));
  }

  /** Handles the event that the context stands on. Whatever is wrong with it stays its own. */
  handleEvent(): void {
    const context = this.#context;
    const { event } = context;
    // The one of the event before would stand in this one's dead letter.
    context.instrument = undefined;
    try {
      if (event.fault !== undefined) throw new EventFault('UNDECODABLE', `${event.fault}.`);
      this.#handle();
    } catch (error) {
      if (error instanceof EventFault) {
        this.#deadLetter(error.code, error.message);
      } else if (error instanceof WireError) {
        this.#deadLetter('UNDECODABLE', `${error.message}.`);
      } else {
        throw error;
      }
    }
  }

  /** Events are missing since the state was saved: bars are PARTIAL until the feed connects. */
  markLoss(instruments: readonly StoredInstrument[]): void {
    for (const { name, symbol, allowsNegativePrice } of instruments) {
      const key = symbolKey(symbol);
      if (!this.#instruments.has(key)) this.#register(key, name, allowsNegativePrice);
    }
    this.#windows.flush();
  }

  encodeState(): Uint8Array {
    const writer = new StateWriter();
    writer.varint(STATE_VERSION);
    writer.varint(this.lastSequence);
    writer.varint(this.#byHandle.length);
    for (const known of this.#byHandle) {
      writer.text(known.name);
      writer.boolean(known.allowsNegativePrice);
    }
    writer.varint(this.#instruments.size);
    for (const [key, { known }] of this.#instruments) {
      writer.text(key);
      writer.varint(this.#byHandle.indexOf(known));
    }
    this.#sequences.writeState(writer);
    this.#windows.writeState(writer);
    return writer.finish();
  }

  /** @throws StateError where the bytes are no such state */
  restoreState(state: Uint8Array): void {
    const reader = new StateReader(state);
    reader.version(STATE_VERSION, 'the state of a producer');
    this.lastSequence = reader.varint();
    for (let left = reader.count(2); left > 0; left -= 1) {
      this.#byHandle.push(new KnownInstrument(reader.text(), reader.boolean()));
    }
    const symbols: [string, number][] = [];
    for (let left = reader.count(2); left > 0; left -= 1) {
      symbols.push([reader.text(), reader.varint()]);
    }
    this.#sequences = SequenceObserver.readState(reader);
    this.#windows.readState(reader);
    for (const [key, handle] of symbols) {
      const known = this.#byHandle[handle];
      if (known === undefined) throw reader.invalid('a symbol names an instrument that is missing');
      this.#instruments.set(key, { known, windows: this.#windows.instrument(handle) });
    }
  }

  #handle(): void {
    const context = this.#context;
    const { event, ids } = context;
    const symbol = event.symbols[event.symbol];
    if (symbol === undefined) {
      throw new EventFault(
        'SYMBOL_MISSING',
        `symbol is ${event.symbol}; the dictionary has ${event.symbols.length} entries.`,
      );
    }
    const instrument = this.#resolved[event.symbol];
    context.instrument = instrument;
    ids.instrumentIdHi = instrument?.known.idHi ?? 0;
    ids.instrumentIdLo = instrument?.known.idLo ?? 0;
    ids.publisherId = symbol.publisherId;
    ids.flags = event.flags;
    checkHeader(event, context.tsInitMs);
    context.seconds = epochSeconds(event.tsEventHi, event.tsEventLo);
    context.nanos = nanosOfSecond(event.tsEventLo, context.seconds);
    // The venue's sequence counts whatever the body turns out to be: a bad event is no gap. A
    // snapshot is no part of it; what it contains is taken over when it is handled.
    const isCounted = event.sequenceKind !== 0 && event.bodyField !== BodyField.bookSnapshot;
    if (isCounted && !this.#sequences.observe(context, this.#windows)) return;
    this.#windows.advance(context.seconds, context.nanos);
    this.#dispatch(symbol, instrument);
  }

  #dispatch(symbol: FeedSymbol, instrument: ProducerInstrument | undefined): void {
    const context = this.#context;
    switch (context.event.bodyField) {
      case BodyField.trade:
        handleTrade(context, required(instrument, symbol), this.#windows);
        return;
      case BodyField.quote:
        handleQuote(context, required(instrument, symbol));
        return;
      case BodyField.bookDelta:
        handleBookDelta(
          context,
          required(instrument, symbol),
          decodeBody(context, BookDeltaSchema),
          this.#options.storeBookDeltas,
        );
        return;
      case BodyField.bookSnapshot: {
        const snapshot = decodeBody(context, BookSnapshotSchema);
        const { storeBookDeltas } = this.#options;
        handleBookSnapshot(context, required(instrument, symbol), snapshot, storeBookDeltas);
        this.#sequences.resync(context, snapshot.asOfSequence);
        return;
      }
      case BodyField.correction:
        handleCorrection(context, required(instrument, symbol), this.#windows);
        return;
      case BodyField.definition:
        handleDefinition(context, symbol, (definition) => this.#define(symbol, definition));
        return;
      case BodyField.feedStatus:
        this.#sequences.explain(handleFeedStatus(context, this.#windows).gapCause);
        return;
      case BodyField.gap:
        this.#sequences.report(context, handleGapReport(context), this.#windows);
        return;
      case BodyField.news:
        handleNews(context, NO_NAMES, this.#options.sentimentModel);
        return;
      case BodyField.status:
        required(instrument, symbol);
        handleStatus(context);
        return;
      case BodyField.orderEvent:
        required(instrument, symbol);
        handleOrderEvent(context);
        return;
      case BodyField.bar:
        required(instrument, symbol);
        handleVendorBar(context);
        return;
      case BodyField.consolidatedQuote:
        required(instrument, symbol);
        handleConsolidatedQuote(context);
        return;
      case BodyField.rejected: {
        const rejected = decodeChecked(context, RejectedSchema);
        const code = REJECTIONS[rejected.reason]?.code ?? 'REJECTED';
        this.#deadLetter(code, rejected.detail, rejected.raw);
        return;
      }
      default:
        throw new EventFault('NO_BODY', 'The event has no body that this version knows.');
    }
  }

  /** Registers an instrument under the feed's name for it; returns its id. */
  #define(symbol: FeedSymbol, definition: Definition): bigint {
    const { instrument, allowsNegativePrice } = definition;
    const known = this.#register(symbolKey(symbol), instrument, allowsNegativePrice);
    this.#resolved = this.#context.event.symbols.map((each) =>
      this.#instruments.get(symbolKey(each)),
    );
    return known.id;
  }

  #register(key: string, name: string, allowsNegativePrice: boolean): KnownInstrument {
    let handle = this.#byHandle.findIndex((known) => known.name === name);
    if (handle < 0) {
      handle = this.#byHandle.length;
      this.#byHandle.push(new KnownInstrument(name, allowsNegativePrice));
    }
    const known = this.#byHandle[handle] as KnownInstrument;
    known.allowsNegativePrice = allowsNegativePrice;
    this.#instruments.set(key, { known, windows: this.#windows.instrument(handle) });
    return known;
  }

  #emitBar(handle: number, bar: Bar): void {
    const context = this.#context;
    const known = this.#byHandle[handle] as KnownInstrument;
    const open = bar.tsOpenSeconds;
    context.rows.bars.push({
      instrumentId: known.id,
      producerId: this.id,
      stepMs: bar.stepSeconds * MS_PER_SECOND,
      tsEvent: bigintFromHalves(epochNanosHi(open, 0), epochNanosLo(open, 0)),
      open: bar.open,
      high: bar.high,
      low: bar.low,
      close: bar.close,
      vwap: bar.vwap,
      tradeCount: bar.tradeCount,
      firstSequence: bar.firstSequence,
      lastSequence: bar.lastSequence,
      revision: bar.revision,
      quality: bar.quality,
      isFinal: bar.isFinal,
      volume: bar.volume,
      buyVolume: bar.buyVolume,
      sellVolume: bar.sellVolume,
      notional: bar.notional,
      tsInit: context.tsInit,
    });
  }

  /** @param raw what the source received; without it the event's own bytes are kept */
  #deadLetter(reason: string, message: string, raw?: Uint8Array): void {
    const context = this.#context;
    const { event, ids } = context;
    context.progress.deadLetters += 1;
    context.rows.deadLetters.push({
      producerId: this.id,
      producerSequence: ids.producerSequence,
      instrumentId: context.instrument?.known.id ?? 0n,
      tsInit: context.tsInit,
      position: context.rows.toPosition,
      reason,
      message,
      raw: raw ?? Buffer.from(event.bytes.subarray(event.eventStart, event.eventEnd)),
    });
  }
}

function required(
  instrument: ProducerInstrument | undefined,
  symbol: FeedSymbol,
): ProducerInstrument {
  if (instrument !== undefined) return instrument;
  throw new EventFault(
    'INSTRUMENT_UNKNOWN',
    `'${symbol.rawSymbol}' of ${symbol.venue} (publisher ${symbol.publisherId}) was not defined; ` +
      'send a Definition first.',
  );
}

/**
 * The sequence that a saved state stands at.
 *
 * @throws StateError where the bytes are no such state
 */
export function lastSequenceOfState(state: Uint8Array): number {
  const reader = new StateReader(state);
  reader.version(STATE_VERSION, 'the state of a producer');
  return reader.varint();
}
