// What the pages work with. decode.ts makes it from what the API sends, and is the only place that
// knows how that is written.
import type { Nanos } from '../text/decimal.ts';

export type FeedState =
  | 'ok'
  | 'starting'
  | 'waiting'
  | 'lagging'
  | 'spilling'
  | 'full'
  | 'stale'
  | 'restarting'
  | 'failed'
  | 'done'
  | 'stopping'
  | 'stopped'
  | 'unknown';

export interface FeedGap {
  readonly instrument: string | undefined;
  readonly firstMissing: string;
  readonly lastMissing: string;
  readonly missingCount: number;
  readonly cause: string;
  readonly repairedBy: string | undefined;
  readonly detectedNanos: bigint;
}

/** A feed, and how far it is. */
export interface Feed {
  readonly name: string;
  readonly source: string | undefined;
  readonly venues: readonly string[];
  readonly shard: number | undefined;
  readonly pod: string | undefined;
  readonly region: string | undefined;
  readonly role: string | undefined;
  readonly eventsPerSecond: number | undefined;
  readonly durableThrough: number | undefined;
  readonly committedThrough: number | undefined;
  readonly lagMs: number | undefined;
  readonly gaps: number | undefined;
  readonly deadLetters: number | undefined;
  readonly lastGap: FeedGap | undefined;
  readonly state: FeedState;
}

export type Level = 'normal' | 'lagging' | 'spilling' | 'full' | 'unknown';

export interface Shard {
  readonly shard: number;
  readonly pod: string | undefined;
  readonly epoch: number | undefined;
  readonly level: Level;
  readonly lagMs: number | undefined;
  readonly journalBytes: number | undefined;
  readonly journalBytesMax: number | undefined;
  readonly durablePosition: number | undefined;
  readonly committedPosition: number | undefined;
}

export interface Region {
  readonly name: string;
  readonly role: 'primary' | 'follower' | 'mixed' | 'unknown';
  readonly epoch: number | undefined;
  readonly inSync: boolean | undefined;
  readonly lagMs: number | undefined;
  readonly isReachable: boolean;
}

export type Severity = 'critical' | 'warning' | 'info';

export interface Alert {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly detail: string;
  readonly subject: string | undefined;
  readonly sinceMs: number | undefined;
}

export interface Overview {
  readonly feeds: readonly Feed[];
  readonly shards: readonly Shard[];
  readonly regions: readonly Region[];
  readonly alerts: readonly Alert[];
}

export interface Instrument {
  readonly name: string;
  readonly venue: string;
  readonly symbol: string;
  readonly kind: string | undefined;
  readonly base: string | undefined;
  readonly quote: string | undefined;
  readonly increment: Nanos | undefined;
}

export type TradeSide = 'buy' | 'sell' | 'none';

export interface Trade {
  /** Tells it from every other: a trade that comes by query and live is one. */
  readonly key: string;
  readonly instrument: string;
  readonly timeNanos: bigint;
  readonly price: Nanos;
  readonly size: Nanos;
  readonly side: TradeSide;
}

/** One side of a quote; a side that is empty is undefined where it stands. */
export interface QuoteSide {
  readonly price: Nanos;
  readonly size: Nanos;
  readonly venue: string;
}

export interface Quote {
  readonly instrument: string;
  readonly venue: string;
  readonly timeNanos: bigint;
  readonly bid: QuoteSide | undefined;
  readonly ask: QuoteSide | undefined;
}

export interface ConsolidatedQuote {
  readonly timeNanos: bigint | undefined;
  readonly bid: QuoteSide | undefined;
  readonly ask: QuoteSide | undefined;
  /** normal, locked, crossed, one-sided. */
  readonly state: string;
  readonly venuesLive: number | undefined;
  readonly venuesStale: number | undefined;
}

export type BarQuality = 'ok' | 'gap' | 'partial' | 'stale';

export interface Bar {
  readonly startMs: number;
  readonly stepMs: number;
  readonly open: Nanos;
  readonly high: Nanos;
  readonly low: Nanos;
  readonly close: Nanos;
  readonly volume: Nanos;
  readonly revision: number;
  readonly isFinal: boolean;
  readonly quality: BarQuality;
}

export type Sentiment = 'positive' | 'neutral' | 'negative';

export interface NewsItem {
  readonly key: string;
  readonly timeNanos: bigint;
  readonly headline: string;
  readonly source: string;
  /** About the instrument where the item names it, else of the item as a whole. */
  readonly sentiment: Sentiment;
  readonly score: number | undefined;
  readonly url: string | undefined;
}

export interface Gap extends FeedGap {
  readonly feed: string;
}

/** Whose key this is, and what it may do. */
export interface Access {
  readonly name: string;
  readonly scopes: ReadonlySet<string>;
  readonly expiresMs: number | undefined;
}

export type ReplayState = 'running' | 'paused' | 'done' | 'failed' | 'stopped' | 'unknown';

export interface Replay {
  readonly id: string;
  readonly state: ReplayState;
  readonly instruments: readonly string[];
  readonly fromNanos: bigint | undefined;
  readonly toNanos: bigint | undefined;
  readonly positionNanos: bigint | undefined;
  /** undefined: as fast as it is taken. */
  readonly speed: number | undefined;
  readonly events: number | undefined;
}

export interface ReplayRequest {
  readonly instruments: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly speed: number | undefined;
}

/** The simulated market of a feed, as far as it can be controlled. */
export interface SimulatedFeed {
  readonly feed: string;
  readonly isRunning: boolean;
  readonly rate: number | undefined;
}

export interface SwitchoverStep {
  readonly name: string;
  readonly state: 'pending' | 'running' | 'done' | 'failed';
  readonly tookMs: number | undefined;
}

export interface Switchover {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly message: string | undefined;
  readonly steps: readonly SwitchoverStep[];
  readonly pauseMs: number | undefined;
}

export interface Drill {
  readonly id: string;
  readonly name: string;
  readonly startedMs: number | undefined;
  readonly passed: boolean;
  readonly streamRtoMs: number | undefined;
  readonly storeRtoMs: number | undefined;
  readonly lostEvents: number | undefined;
}
