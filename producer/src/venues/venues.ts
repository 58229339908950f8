import { hint } from '../source-parameters.ts';
import { BINANCE } from './binance.ts';
import { BITFINEX } from './bitfinex.ts';
import { BITSTAMP } from './bitstamp.ts';
import { BYBIT } from './bybit.ts';
import { COINBASE } from './coinbase.ts';
import { DERIBIT } from './deribit.ts';
import { DYDX } from './dydx.ts';
import { GEMINI } from './gemini.ts';
import { HITBTC } from './hitbtc.ts';
import { KRAKEN } from './kraken.ts';
import { KRAKEN_FUTURES } from './kraken-futures.ts';
import { KUCOIN } from './kucoin.ts';
import { OKX } from './okx.ts';
import type { Venue } from './venue-mapper.ts';

/** Every venue that captures and live connectors know. */
export const VENUES: readonly Venue[] = [
  BINANCE,
  BITFINEX,
  BITSTAMP,
  BYBIT,
  COINBASE,
  DERIBIT,
  DYDX,
  GEMINI,
  HITBTC,
  KRAKEN,
  KRAKEN_FUTURES,
  KUCOIN,
  OKX,
];

/** The venue of a name, or what is wrong as the second half of a sentence. */
export function venueNamed(name: string): Venue | string {
  const names = VENUES.map((each) => each.name);
  return (
    VENUES.find((each) => each.name === name) ??
    `'${name}' is not a venue, which are ${names.join(', ')}${hint(name, names)}`
  );
}
