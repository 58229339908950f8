import type { FeedSymbol } from '@feedmill/core/event';
import { Publisher } from '../venues/publishers.ts';

/** A company whose share the simulated market trades. */
export interface SimCompany {
  readonly symbol: string;
  /** As headlines call it. */
  readonly name: string;
  readonly isin: string;
  /** Price around which the share moves, in cents. */
  readonly baseCents: number;
  /** How much of the market's events are its, relative to the others. */
  readonly weight: number;
}

/** An exchange on which all of the shares trade. */
export interface SimVenue {
  /** ISO 10383. */
  readonly mic: string;
  readonly publisherId: number;
  readonly weight: number;
}

/** One share on one exchange. */
export interface SimInstrument {
  readonly company: SimCompany;
  readonly companyIndex: number;
  readonly venue: SimVenue;
  /** One object for all events: the encoder knows symbols by identity. */
  readonly symbol: FeedSymbol;
  /** Canonical SYMBOL.VENUE. */
  readonly name: string;
}

export const COMPANIES: readonly SimCompany[] = [
  { symbol: 'AAPL', name: 'Apple', isin: 'US0378331005', baseCents: 22_750, weight: 5 },
  { symbol: 'MSFT', name: 'Microsoft', isin: 'US5949181045', baseCents: 41_520, weight: 4 },
  { symbol: 'GOOGL', name: 'Alphabet', isin: 'US02079K3059', baseCents: 17_340, weight: 3 },
  { symbol: 'TSLA', name: 'Tesla', isin: 'US88160R1014', baseCents: 25_060, weight: 6 },
  { symbol: 'NVDA', name: 'Nvidia', isin: 'US67066G1040', baseCents: 13_140, weight: 8 },
];

const VENUES: readonly SimVenue[] = [
  { mic: 'XNAS', publisherId: Publisher.SIMULATED_XNAS, weight: 10 },
  { mic: 'ARCX', publisherId: Publisher.SIMULATED_ARCX, weight: 6 },
  { mic: 'BATS', publisherId: Publisher.SIMULATED_BATS, weight: 6 },
  { mic: 'IEXG', publisherId: Publisher.SIMULATED_IEXG, weight: 2 },
];

/** Every share on every exchange, by company and then by venue. */
export const INSTRUMENTS: readonly SimInstrument[] = COMPANIES.flatMap((company, companyIndex) =>
  VENUES.map((venue) => ({
    company,
    companyIndex,
    venue,
    symbol: { publisherId: venue.publisherId, venue: venue.mic, rawSymbol: company.symbol },
    name: `${company.symbol}.${venue.mic}`,
  })),
);

/** For events about the simulated feed as a whole. */
export const FEED_SYMBOL: FeedSymbol = {
  publisherId: Publisher.SIMULATED,
  venue: 'SIMULATED',
  rawSymbol: '',
};

export const NEWS_SYMBOL: FeedSymbol = {
  publisherId: Publisher.SIMULATED_NEWS,
  venue: 'NEWSWIRE',
  rawSymbol: '',
};
