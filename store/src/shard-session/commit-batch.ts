import type { Position } from '@feedmill/core/brand';
import type { Int64 } from '@feedmill/core/event';
import type { Cbbo } from '@feedmill/core/quote/cbbo';
import type { CopySet } from '../copy/copy-set.ts';

/**
 * Everything that one transaction commits: the effects of the journal entries after `fromPosition`
 * up to `toPosition`. Plain data; nothing of it is changed, so it can be tried again as it is.
 */
export interface CommitBatch {
  /** Where Postgres must stand. Equal to `toPosition` where only states are saved. */
  readonly fromPosition: Position;
  readonly toPosition: Position;
  /** Rows of events. */
  readonly copies: CopySet;
  /** Where a key comes more than once, the last one counts. */
  readonly bars: readonly BarRow[];
  /** Where a key comes more than once: how it was found by the first, how it stands by the last. */
  readonly gaps: readonly GapRow[];
  readonly cbbos: readonly CbboRow[];
  readonly signals: readonly SignalRow[];
  /** Of alerts of earlier batches, or of this one. */
  readonly alertOutcomes: readonly AlertOutcome[];
  readonly deadLetters: readonly DeadLetterRow[];
  readonly instruments: readonly InstrumentRow[];
  readonly symbols: readonly SymbolRow[];
  readonly references: readonly ReferenceRow[];
  /** One for each producer with events in the range. */
  readonly producers: readonly ProducerProgress[];
  readonly states: readonly ProducerStateRow[];
}

/** A bar of feedmill.bar, replaced as a whole by a later revision. */
export interface BarRow {
  readonly instrumentId: bigint;
  readonly producerId: bigint;
  readonly stepMs: number;
  /** Start of the interval, ns. */
  readonly tsEvent: bigint;
  readonly open: Int64;
  readonly high: Int64;
  readonly low: Int64;
  readonly close: Int64;
  readonly vwap: Int64;
  readonly tradeCount: number;
  /** producer_sequence of the first and the last trade in it. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly revision: number;
  /** BarQuality of event.proto. */
  readonly quality: number;
  readonly isFinal: boolean;
  /** Mantissas times 1e-9; of any size. */
  readonly volume: Int64;
  readonly buyVolume: Int64;
  readonly sellVolume: Int64;
  /** Mantissa times 1e-18; of any size. */
  readonly notional: Int64;
  /** ts_init of the journal entry that made this revision, ns. */
  readonly tsInit: bigint;
  /** Empty where nothing is converted. */
  readonly reportingCurrency: string;
  /** What one unit of the quote currency is worth, times 1e-9. */
  readonly reportingRate: Int64 | undefined;
  /** Mantissa times 1e-18; of any size. */
  readonly reportingNotional: Int64 | undefined;
  readonly ratesVersion: number | undefined;
}

/** A missing range of a feed's own sequence; written again when it is repaired. */
export interface GapRow {
  readonly producerId: bigint;
  readonly instrumentId: bigint;
  readonly channelId: number;
  readonly epoch: number;
  readonly sessionId: string;
  /** Stays as it was first reported: it is part of the key. */
  readonly firstMissing: Int64;
  readonly lastMissing: Int64;
  readonly missingCount: Int64;
  readonly repairedCount: Int64;
  /** GapCause and GapRepair of event.proto; a cause of 0 leaves that of an earlier row. */
  readonly cause: number;
  readonly repairedBy: number;
  readonly tsDetected: bigint;
  readonly tsRepaired: bigint | undefined;
  /** The event that showed it. */
  readonly producerSequence: number;
  readonly isReported: boolean;
}

/** A best bid and offer over venues, and which journal entry has made it. */
export interface CbboRow {
  readonly cbbo: Cbbo;
  /** Of the event that has changed it; where time itself has, that of the entry. */
  readonly tsEvent: bigint;
  readonly tsInit: bigint;
  readonly position: Position;
  /** Counts those of one entry from 0. */
  readonly rowIndex: number;
}

/** What a rule has found, and which journal entry has made it. */
export interface SignalRow {
  readonly instrumentId: bigint;
  readonly producerId: bigint;
  readonly rule: string;
  /** SignalKind of subscribe.proto. */
  readonly kind: number;
  readonly value: number;
  readonly base: number;
  readonly threshold: number;
  readonly windowMs: number;
  readonly tsEvent: bigint;
  readonly tsInit: bigint;
  readonly position: Position;
  /** Counts those of one entry from 0. */
  readonly rowIndex: number;
  /** Where somebody shall be told: the id of the alert, and its AlertState. */
  readonly alert: { readonly id: string; readonly state: number } | undefined;
}

/** What became of an alert that was pending. */
export interface AlertOutcome {
  readonly alertId: string;
  /** AlertState of subscribe.proto. */
  readonly state: number;
  readonly attempts: number;
  readonly tsSettled: bigint;
  /** Empty where there was none. */
  readonly lastError: string;
}

/** Stands for an event that has no row. */
export interface DeadLetterRow {
  readonly producerId: bigint;
  readonly producerSequence: number;
  /** 0 where it could not be resolved. */
  readonly instrumentId: bigint;
  readonly tsInit: bigint;
  readonly position: Position;
  /** A short constant, such as `UNKNOWN_INSTRUMENT`. */
  readonly reason: string;
  /** One sentence; cut at DEAD_LETTER_MESSAGE_CHARS_MAX. */
  readonly message: string;
  /** The event as it came; cut at DEAD_LETTER_RAW_BYTES_MAX. */
  readonly raw: Uint8Array | undefined;
}

/** What is known of an instrument now; a later one replaces it. Empty texts become null. */
export interface InstrumentRow {
  readonly instrumentId: bigint;
  /** Canonical SYMBOL.VENUE. */
  readonly name: string;
  readonly venue: string;
  readonly rawSymbol: string;
  readonly publisherId: number;
  /** InstrumentClass of event.proto. */
  readonly instrumentClass: number;
  readonly base: string;
  readonly quote: string;
  readonly minPriceIncrement: Int64;
  readonly lotSize: Int64;
  readonly multiplier: Int64;
  readonly expiration: Int64;
  readonly strikePrice: Int64;
  readonly validFrom: Int64;
  readonly validTo: Int64;
  readonly allowsNegativePrice: boolean;
  readonly isin: string;
  readonly figi: string;
  /** What its quotes are comparable by; undefined where that cannot be told. */
  readonly pair: { readonly id: bigint; readonly name: string } | undefined;
}

/** What a symbol of a feed means in a stretch of time; 0 is a time without a bound. */
export interface SymbolRow {
  readonly publisherId: number;
  readonly venue: string;
  readonly rawSymbol: string;
  readonly validFrom: Int64;
  readonly validTo: Int64;
  readonly instrumentId: bigint;
}

/** A version of reference data; one that is there stays. */
export interface ReferenceRow {
  readonly kind: string;
  readonly version: number;
  readonly source: string;
  readonly tsLoaded: bigint;
  readonly content: Uint8Array;
}

/** How far one producer comes by this batch. Counters are what this batch adds. */
export interface ProducerProgress {
  readonly producerId: bigint;
  readonly name: string;
  readonly incarnation: bigint;
  /** Generation of the binding. */
  readonly generation: number;
  /** Must be one above the last committed, without holes up to `lastSequence`. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  readonly lastTsInit: bigint;
  readonly duplicateEvents: number;
  readonly unstoredEvents: number;
  readonly deadLetters: number;
  readonly gaps: number;
}

/** A snapshot of the processors' state of a producer at a position. */
export interface ProducerStateRow {
  readonly producerId: bigint;
  readonly position: Position;
  readonly state: Uint8Array;
}

/** How a commit ended. Nothing but `committed` has left anything in the database for sure. */
export type CommitOutcome =
  | { readonly kind: 'committed'; readonly deadLetters: number }
  /** A newer epoch holds the shard, or the position is not ours: end the process. */
  | { readonly kind: 'fenced'; readonly message: string }
  /** Postgres refuses the data: commitCarefully() finds the rows. */
  | { readonly kind: 'rejected'; readonly error: Error }
  /** Nothing is committed; settle() and try again later. */
  | { readonly kind: 'retryable'; readonly error: Error }
  /** The connection was lost before the answer came: settle() tells. */
  | { readonly kind: 'unknown'; readonly error: Error };
