import { BINANCE_LIVE } from './binance-live.ts';
import { BITFINEX_LIVE } from './bitfinex-live.ts';
import { BITSTAMP_LIVE } from './bitstamp-live.ts';
import { BYBIT_LIVE } from './bybit-live.ts';
import { COINBASE_LIVE } from './coinbase-live.ts';
import { DERIBIT_LIVE } from './deribit-live.ts';
import { DYDX_LIVE } from './dydx-live.ts';
import { GEMINI_LIVE } from './gemini-live.ts';
import { HITBTC_LIVE } from './hitbtc-live.ts';
import { KRAKEN_FUTURES_LIVE } from './kraken-futures-live.ts';
import { KRAKEN_LIVE } from './kraken-live.ts';
import { KUCOIN_LIVE } from './kucoin-live.ts';
import { OKX_LIVE } from './okx-live.ts';
import type { VenueDialect } from './venue-dialect.ts';
import { venueNamed } from './venues.ts';

/** How to talk to every venue. */
export const DIALECTS: readonly VenueDialect[] = [
  BINANCE_LIVE,
  BITFINEX_LIVE,
  BITSTAMP_LIVE,
  BYBIT_LIVE,
  COINBASE_LIVE,
  DERIBIT_LIVE,
  DYDX_LIVE,
  GEMINI_LIVE,
  HITBTC_LIVE,
  KRAKEN_LIVE,
  KRAKEN_FUTURES_LIVE,
  KUCOIN_LIVE,
  OKX_LIVE,
];

/** The dialect of a venue, or what is wrong as the second half of a sentence. */
export function dialectNamed(name: string): VenueDialect | string {
  const venue = venueNamed(name);
  if (typeof venue === 'string') return venue;
  return (
    DIALECTS.find((each) => each.venue === venue) ?? `'${name}' can be read from captures only`
  );
}
