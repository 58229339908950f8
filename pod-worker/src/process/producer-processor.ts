import { epochNanos, epochSeconds, nanosOfSecond } from '@feedmill/core/epoch-time';
import type { FeedSymbol } from '@feedmill/core/event';
import { ProducerSignals } from '@feedmill/core/signal/producer-signals';
import { StateReader } from '@feedmill/core/state/state-reader';
import { StateWriter } from '@feedmill/core/state/state-writer';
import type { Bar } from '@feedmill/core/window/bar';
import { ProducerWindows } from '@feedmill/core/window/producer-windows';
import type { EventView } from '@feedmill/core/wire/event-view';
import { bigintFromHalves, int64FromHalves } from '@feedmill/core/wire/int64-halves';
import { BodyField, WireError } from '@feedmill/core/wire/wire-format';
import {
  BookDeltaSchema,
  BookSnapshotSchema,
  type Definition,
  type FeedStatus,
  type News,
  RejectedSchema,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { decodeBody, decodeChecked } from './decode-body.ts';
import { checkHeader } from './event-checks.ts';
import type { EventContext, ProducerInstrument } from './event-context.ts';
import { EventFault } from './event-fault.ts';
import { FeedCondition } from './feed-condition.ts';
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
import type { KnownInstrument, StoredInstrument } from './known-instrument.ts';
import {
  handleBookDelta,
  handleBookSnapshot,
  handleQuote,
  handleTrade,
} from './market-handlers.ts';
import { handleNews } from './news-handler.ts';
import type { ProcessorOptions } from './processor-options.ts';
import { REJECTIONS } from './rejection.ts';
import { reportedNotional } from './reported-notional.ts';
import { SequenceObserver } from './sequence-observer.ts';
import type { ShardKnowledge } from './shard-knowledge.ts';
import { emitSignal } from './signal-rows.ts';
import { SymbolTable } from './symbol-table.ts';

const STATE_VERSION = 5;
const MS_PER_SECOND = 1000;
const NANOS_PER_MS = 1_000_000;

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
  readonly #shard: ShardKnowledge;
  readonly #symbols: SymbolTable;
  readonly #windows: ProducerWindows;
  readonly #condition: FeedCondition;
  readonly #signals: ProducerSignals;
  #sequences = new SequenceObserver();
  /** Instruments of the current batch's dictionary, by index. */
  #resolved: (ProducerInstrument | undefined)[] = [];

  constructor(
    id: bigint,
    name: string,
    options: ProcessorOptions,
    shard: ShardKnowledge,
    context: EventContext,
  ) {
    this.id = id;
    this.name = name;
    this.#options = options;
    this.#shard = shard;
    this.#context = context;
    this.#windows = new ProducerWindows((handle, bar) => this.#emitBar(handle, bar), {
      allowedLatenessMs: options.allowedLatenessMs,
    });
    this.#symbols = new SymbolTable(this.#windows, shard.reference);
    this.#condition = new FeedCondition(id, context, this.#windows, shard.quotes);
    this.#signals = new ProducerSignals(
      () => shard.reference.signals,
      (signal) => emitSignal(context, id, signal, shard.sendsAlerts),
    );
  }

  /** An instrument that its events have spoken of. */
  instrument(name: string): KnownInstrument | undefined {
    return this.#symbols.named(name);
  }

  /** Prepares for the events of a batch. */
  beginBatch(symbols: readonly FeedSymbol[]): void {
    this.#condition.heard();
    this.#resolve(symbols);
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
    for (const { name, symbol, traits } of instruments) {
      if (!this.#symbols.isDefined(symbol)) this.#symbols.define(symbol, name, traits, 0n, 0n);
    }
    this.#windows.flush();
    this.#condition.disconnect();
  }

  encodeState(): Uint8Array {
    const writer = new StateWriter();
    writer.varint(STATE_VERSION);
    writer.varint(this.lastSequence);
    this.#symbols.writeState(writer);
    this.#sequences.writeState(writer);
    this.#windows.writeState(writer);
    this.#condition.writeState(writer);
    this.#signals.writeState(writer);
    return writer.finish();
  }

  /** @throws StateError where the bytes are no such state */
  restoreState(state: Uint8Array): void {
    const reader = new StateReader(state);
    reader.version(STATE_VERSION, 'the state of a producer');
    this.lastSequence = reader.varint();
    this.#symbols.readState(reader);
    this.#sequences = SequenceObserver.readState(reader);
    this.#windows.readState(reader);
    this.#condition.readState(reader);
    this.#signals.readState(reader);
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
    const instrument = this.#resolved[event.symbol] ?? this.#symbols.at(symbol, tsEventOf(event));
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
    if (isCounted && !this.#sequences.observe(context, this.#condition)) return;
    if (event.bodyField === BodyField.feedStatus) {
      this.#takeFeedStatus(handleFeedStatus(context));
    } else if (this.#condition.isStale) {
      this.#condition.resume();
    }
    this.#windows.advance(context.seconds, context.nanos);
    this.#dispatch(symbol, instrument);
  }

  #dispatch(symbol: FeedSymbol, instrument: ProducerInstrument | undefined): void {
    const context = this.#context;
    switch (context.event.bodyField) {
      case BodyField.trade:
        this.#takeTrade(this.#required(instrument, symbol));
        return;
      case BodyField.quote:
        this.#takeQuote(this.#required(instrument, symbol));
        return;
      case BodyField.bookDelta:
        handleBookDelta(
          context,
          this.#required(instrument, symbol),
          decodeBody(context, BookDeltaSchema),
          this.#options.storeBookDeltas,
        );
        return;
      case BodyField.bookSnapshot: {
        const snapshot = decodeBody(context, BookSnapshotSchema);
        const { storeBookDeltas } = this.#options;
        handleBookSnapshot(context, this.#required(instrument, symbol), snapshot, storeBookDeltas);
        this.#sequences.resync(context, snapshot.asOfSequence);
        return;
      }
      case BodyField.correction:
        handleCorrection(context, this.#required(instrument, symbol), this.#windows);
        return;
      case BodyField.definition:
        handleDefinition(context, symbol, (definition) => this.#define(symbol, definition));
        return;
      case BodyField.feedStatus:
        // It has been taken before the watermark came to it.
        return;
      case BodyField.gap:
        this.#sequences.report(context, handleGapReport(context), this.#condition);
        return;
      case BodyField.news:
        this.#takeNews(
          handleNews(context, this.#shard.reference.entities, this.#shard.sentimentModel()),
        );
        return;
      case BodyField.status:
        this.#condition.takeStatus(this.#required(instrument, symbol), handleStatus(context));
        return;
      case BodyField.orderEvent:
        this.#required(instrument, symbol);
        handleOrderEvent(context);
        return;
      case BodyField.bar:
        this.#required(instrument, symbol);
        handleVendorBar(context);
        return;
      case BodyField.consolidatedQuote:
        this.#required(instrument, symbol);
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

  #required(instrument: ProducerInstrument | undefined, symbol: FeedSymbol): ProducerInstrument {
    if (instrument !== undefined) return instrument;
    const why = this.#symbols.whyUnknown(symbol, tsEventOf(this.#context.event));
    throw new EventFault('INSTRUMENT_UNKNOWN', why);
  }

  /** Takes what the feed says that a symbol means; returns the instrument's id. */
  #define(symbol: FeedSymbol, definition: Definition): bigint {
    const { instrument, validFrom, validTo } = definition;
    const { allowsNegativePrice, instrumentClass, base, quote, multiplier } = definition;
    const traits = { allowsNegativePrice, instrumentClass, base, quote, multiplier };
    const known = this.#symbols.define(symbol, instrument, traits, validFrom, validTo);
    this.#resolve(this.#context.event.symbols);
    return known.id;
  }

  #resolve(symbols: readonly FeedSymbol[]): void {
    this.#resolved = symbols.map((symbol) => this.#symbols.always(symbol));
  }

  #takeTrade(instrument: ProducerInstrument): void {
    const context = this.#context;
    const view = handleTrade(context, instrument, this.#windows);
    if (this.#signals.isIdle) return;
    const price = Number(int64FromHalves(view.priceHi, view.priceLo));
    const size = Number(int64FromHalves(view.sizeHi, view.sizeLo));
    this.#signals.onTrade(instrument.known, tsEventMs(context), price, size);
  }

  #takeNews({ entities }: News): void {
    if (this.#signals.isIdle) return;
    const tsMs = tsEventMs(this.#context);
    for (const { instrumentId: id, confidence, sentimentScore } of entities) {
      if (id === 0n) continue;
      const name = this.#shard.reference.nameOf(id);
      this.#signals.onNews({ id, name }, tsMs, sentimentScore * confidence);
    }
  }

  #takeQuote(instrument: ProducerInstrument): void {
    const view = handleQuote(this.#context, instrument);
    const quote = this.#condition.quoteOf(instrument);
    this.#shard.quotes.take(this.#condition.feed, quote, view);
  }

  #takeFeedStatus(status: FeedStatus): void {
    this.#sequences.explain(status.gapCause);
    this.#condition.takeFeedStatus(status);
  }

  #emitBar(handle: number, bar: Bar): void {
    const context = this.#context;
    const known = this.#symbols.known(handle);
    const tsEvent = epochNanos(bar.tsOpenSeconds, 0);
    context.rows.bars.push({
      instrumentId: known.id,
      producerId: this.id,
      stepMs: bar.stepSeconds * MS_PER_SECOND,
      tsEvent,
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
      ...reportedNotional(this.#shard.reference.rates, known.quote, tsEvent, bar.notional),
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

const tsEventMs = ({ seconds, nanos }: EventContext): number =>
  seconds * MS_PER_SECOND + Math.floor(nanos / NANOS_PER_MS);

const tsEventOf = (event: EventView): bigint => bigintFromHalves(event.tsEventHi, event.tsEventLo);

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
