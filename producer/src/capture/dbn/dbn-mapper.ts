import type { EventBody, FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { SequenceKind, TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';
import { Channel } from '../../venues/channels.ts';
import { type Instrument, InstrumentTable } from '../../venues/instruments.ts';
import type { Times } from '../../venues/message-times.ts';
import { MessageFault, rejectedEvent } from '../../venues/rejection.ts';
import type { MessageProblems } from '../../venues/venue-mapper.ts';
import { definedSymbol, definitionBytes, definitionOf } from './dbn-definition.ts';
import { type DbnMetadata, STYPE_RAW_SYMBOL, type SymbolMapping } from './dbn-metadata.ts';
import { publisherIdOf, venueOf } from './dbn-publishers.ts';
import {
  BAR_STEPS,
  barOf,
  consolidatedOf,
  isMboTrade,
  isTrade,
  levelsOf,
  mboChangeOf,
  mboFlags,
  mboTimes,
  mboTradeOf,
  quoteOf,
  RECORD_BYTES,
  type RecordTimes,
  RType,
  sampledTimes,
  statusOf,
  tradeFlags,
  tradeOf,
  tradeTimes,
} from './dbn-records.ts';

const SCHEMA_TBBO = 3;
const NANOS_PER_DAY = 86_400_000_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;
const MS_PER_DAY = 86_400_000;
const BOOK_LEVELS = 10;
/** Datasets of derivatives, whose prices may be below zero. */
const DERIVATIVES = /^(GLBX|IFEU|IFUS|IFLL|NDEX|XEUR|XEEE)\./;

/**
 * Turns the records of a DBN file into events. A record's own times, flags and number are kept; the
 * number orders a channel of the venue and has holes, for a file holds some instruments of many.
 */
export class DbnMapper {
  readonly feed: FeedSymbol;
  readonly #metadata: DbnMetadata;
  readonly #problems: MessageProblems;
  readonly #instruments: InstrumentTable;
  readonly #mappings = new Map<number, SymbolMapping[]>();
  /** Symbols that definitions have given. */
  readonly #defined = new Map<number, string>();
  #latestRecv = 0n;

  /** @param instruments shared by all files of a session */
  constructor(metadata: DbnMetadata, instruments: InstrumentTable, problems: MessageProblems) {
    this.#metadata = metadata;
    this.#instruments = instruments;
    this.#problems = problems;
    this.feed = {
      publisherId: publisherIdOf(0),
      venue: venueOf(0, metadata.dataset),
      rawSymbol: '',
    };
    if (metadata.stypeIn !== STYPE_RAW_SYMBOL) return;
    for (const mapping of metadata.mappings) {
      const known = this.#mappings.get(mapping.instrumentId) ?? [];
      known.push(mapping);
      this.#mappings.set(mapping.instrumentId, known);
    }
  }

  /** The events of one record, whole in its bytes. */
  map(record: Buffer): readonly FeedEvent[] {
    try {
      return this.#map(record);
    } catch (error) {
      if (!(error instanceof MessageFault)) throw error;
      this.#problems.count(error.kind, error.message);
      const at = { symbol: this.feed, tsRecv: this.#latestRecv };
      return [rejectedEvent(at, error.kind, error.message, record, error.header)];
    }
  }

  #map(record: Buffer): readonly FeedEvent[] {
    const rtype = record[1] ?? 0;
    const needed =
      rtype === RType.DEFINITION ? definitionBytes(this.#metadata.version) : RECORD_BYTES[rtype];
    if (needed !== undefined && record.length < needed) {
      const what = `a record of kind ${rtype} has ${record.length} bytes, ${needed} are needed`;
      throw new MessageFault('malformed', what);
    }
    switch (rtype) {
      case RType.MBO:
        return this.#mbo(record);
      case RType.TRADE:
      case RType.MBP_1:
      case RType.MBP_10:
        return this.#prices(record, rtype);
      case RType.BBO_1S:
      case RType.BBO_1M: {
        const quote = { case: 'quote', value: quoteOf(record) } as const;
        return this.#events(record, sampledTimes(record, true), tradeFlags(record), [quote]);
      }
      case RType.CMBP_1:
      case RType.TCBBO:
      case RType.CBBO_1S:
      case RType.CBBO_1M:
        return this.#consolidated(record, rtype);
      case RType.OHLCV_1S:
      case RType.OHLCV_1M:
      case RType.OHLCV_1H:
      case RType.OHLCV_1D:
        return this.#bar(record, rtype);
      case RType.STATUS: {
        const times = {
          tsRecv: record.readBigInt64LE(16),
          tsInDelta: undefined,
          sequence: undefined,
        };
        return this.#events(record, times, 0, [{ case: 'status', value: statusOf(record) }]);
      }
      case RType.DEFINITION:
        return this.#definition(record);
      default:
        return this.#other(rtype);
    }
  }

  #mbo(record: Buffer): readonly FeedEvent[] {
    const body: EventBody = isMboTrade(record)
      ? { case: 'trade', value: mboTradeOf(record) }
      : { case: 'bookDelta', value: { changes: [mboChangeOf(record)] } };
    return this.#events(record, mboTimes(record), mboFlags(record), [body]);
  }

  /** A trade, the book after it, or both; tbbo has the quote that the trade met. */
  #prices(record: Buffer, rtype: number): readonly FeedEvent[] {
    const trade: EventBody[] = isTrade(record) ? [{ case: 'trade', value: tradeOf(record) }] : [];
    const times = tradeTimes(record);
    const flags = tradeFlags(record);
    if (rtype === RType.TRADE) return this.#events(record, times, flags, trade);
    const quote: EventBody = { case: 'quote', value: quoteOf(record) };
    const bodies = this.#metadata.schema === SCHEMA_TBBO ? [quote, ...trade] : [...trade, quote];
    if (rtype === RType.MBP_10) {
      const levels = levelsOf(record, BOOK_LEVELS);
      bodies.push({ case: 'bookSnapshot', value: { ...levels, asOfSequence: 0 } });
    }
    return this.#events(record, times, flags, bodies);
  }

  #consolidated(record: Buffer, rtype: number): readonly FeedEvent[] {
    const isSampled = rtype === RType.CBBO_1S || rtype === RType.CBBO_1M;
    const value = consolidatedOf(record, publisherIdOf);
    const quote: EventBody = { case: 'consolidatedQuote', value };
    const times = isSampled
      ? sampledTimes(record, false)
      : { ...tradeTimes(record), sequence: undefined };
    const isPrinted = !isSampled && isTrade(record);
    const bodies = isPrinted
      ? [{ case: 'trade', value: tradeOf(record) } as const, quote]
      : [quote];
    return this.#events(record, times, tradeFlags(record), bodies);
  }

  /** Databento stamps a bar with its beginning, and has no time of receipt for it. */
  #bar(record: Buffer, rtype: number): readonly FeedEvent[] {
    const step = BAR_STEPS[rtype];
    if (step === undefined) return this.#other(rtype);
    const tsOpen = record.readBigInt64LE(8);
    const tsClose = tsOpen + step.seconds * NANOS_PER_SECOND;
    const { name } = this.#named(record, tsOpen);
    const barType = `${name}-1-${step.name}-LAST-EXTERNAL`;
    const times = { tsRecv: tsClose, tsInDelta: undefined, sequence: undefined };
    const value = { ...barOf(record), barType, tsOpen, tsClose };
    return this.#events(record, times, 0, [{ case: 'bar', value }]);
  }

  #definition(record: Buffer): readonly FeedEvent[] {
    const { version } = this.#metadata;
    const symbol = definedSymbol(record, version);
    if (symbol === '') throw new MessageFault('bad_field', 'a definition without raw_symbol');
    this.#defined.set(record.readUInt32LE(4), symbol);
    const tsEvent = eventTime(record);
    const tsRecv = record.readBigInt64LE(16);
    this.#latestRecv = tsRecv;
    const { instrument, name } = this.#named(record, tsRecv);
    instrument.pending = undefined;
    return [
      {
        symbol: instrument.symbol,
        tsEvent,
        tsEventSource: TsEventSource.VENUE,
        tsRecv,
        channelId: Channel.FEED,
        body: { case: 'definition', value: definitionOf(record, version, name) },
      },
    ];
  }

  #other(rtype: number): readonly FeedEvent[] {
    switch (rtype) {
      case RType.IMBALANCE:
        this.#problems.ignore('imbalance');
        return [];
      case RType.STATISTICS:
        this.#problems.ignore('statistics');
        return [];
      case RType.SYSTEM:
      case RType.ERROR:
      case RType.SYMBOL_MAPPING:
        this.#problems.ignore('gateway');
        return [];
      default:
        throw new MessageFault('unknown_kind', `a record of kind ${rtype} is not known`);
    }
  }

  #events(
    record: Buffer,
    { tsRecv, tsInDelta, sequence }: RecordTimes,
    flags: number,
    bodies: readonly EventBody[],
  ): readonly FeedEvent[] {
    this.#latestRecv = tsRecv;
    const { instrument } = this.#named(record, tsRecv);
    const times: Times = {
      tsEvent: eventTime(record),
      tsEventSource: TsEventSource.VENUE,
      tsRecv,
      ...(tsInDelta === undefined ? {} : { tsInDelta }),
    };
    const numbers = sequence === undefined ? {} : { sequenceKind: SequenceKind.SPARSE, sequence };
    return instrument.eventsOf(
      bodies.map((body) => {
        const channelId = instrument.channel(CHANNELS[body.case] ?? Channel.FEED);
        const own = body.case === 'bookSnapshot' ? {} : numbers;
        return [times, { flags, channelId, ...own, body }] as const;
      }),
    );
  }

  /**
   * The instrument of a record and its canonical name.
   *
   * @param at the time that Databento files the record by, which decides what a number stood for
   */
  #named(record: Buffer, at: bigint): { instrument: Instrument; name: string } {
    const dbnId = record.readUInt16LE(2);
    const venue = venueOf(dbnId, this.#metadata.dataset);
    const rawSymbol = this.#symbolAt(record.readUInt32LE(4), at);
    const instrument = this.#instruments.find(publisherIdOf(dbnId), venue, rawSymbol);
    return { instrument, name: canonicalName(instrument.symbol) };
  }

  /** By which symbol an instrument went at a time; its number where no one says. */
  #symbolAt(instrumentId: number, at: bigint): string {
    const mappings = this.#mappings.get(instrumentId);
    if (mappings !== undefined) {
      const date = dateOf(at);
      const mapping = mappings.find(
        ({ startDate, endDate }) => startDate <= date && date < endDate,
      );
      if (mapping !== undefined) return mapping.symbol;
    }
    return this.#defined.get(instrumentId) ?? String(instrumentId);
  }
}

const CHANNELS: Partial<Record<EventBody['case'], Channel>> = {
  trade: Channel.TRADE,
  quote: Channel.QUOTE,
  consolidatedQuote: Channel.QUOTE,
  bookDelta: Channel.DEPTH,
  bookSnapshot: Channel.DEPTH,
};

/** @throws MessageFault bad_field where a record has no time */
function eventTime(record: Buffer): bigint {
  const tsEvent = record.readBigInt64LE(8);
  if (tsEvent >= 0n) return tsEvent;
  throw new MessageFault('bad_field', 'ts_event is undefined or beyond 2262');
}

/** YYYYMMDD in UTC. */
function dateOf(at: bigint): number {
  const midnightMs = Number(at / NANOS_PER_DAY) * MS_PER_DAY;
  return Number(new Date(midnightMs).toISOString().slice(0, 10).replaceAll('-', ''));
}

/** A name has no blanks, which symbols of options have. */
const canonicalName = ({ rawSymbol, venue }: FeedSymbol): string =>
  `${rawSymbol.replaceAll(/\s+/g, '_')}.${venue}`;

/** The instruments of a session over several files. */
export const dbnInstruments = (dataset: () => string): InstrumentTable =>
  new InstrumentTable((symbol) => ({
    instrument: canonicalName(symbol),
    allowsNegativePrice: DERIVATIVES.test(dataset()),
  }));
