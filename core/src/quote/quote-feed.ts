import type { VenueQuote } from './venue-quote.ts';

/** What is known of a producer's feed, and its quotes. */
export interface QuoteFeed {
  readonly producerId: bigint;
  /** By instrument id. */
  readonly quotes: Map<bigint, VenueQuote>;
  /** When anything came of it last, ms of the journal's time. */
  heardMs: number;
  /** It has been silent for longer than feeds are believed. */
  isSilent: boolean;
  /** It says of itself that what it has may be old. */
  isStale: boolean;
}

export const newQuoteFeed = (producerId: bigint, heardMs: number): QuoteFeed => ({
  producerId,
  quotes: new Map(),
  heardMs,
  isSilent: false,
  isStale: false,
});
