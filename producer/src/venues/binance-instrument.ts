import type { FeedSymbol } from '@feedmill/core/event';
import { InstrumentClass } from '@feedmill/proto/feedmill/v1/event_pb';
import { Publisher } from './publishers.ts';

/** Binance's three markets; a symbol means another instrument in each. */
export type BinanceMarket = 'spot' | 'usd-m' | 'coin-m';

/** One instrument of a session. */
export interface BinanceInstrument {
  readonly market: BinanceMarket;
  readonly symbol: FeedSymbol;
  /** Place in the stream, from 0 in the order of first appearance. */
  readonly slot: number;
  /** Whether its DEFINITION has been handed out. */
  isDefined: boolean;
}

/** What a DEFINITION says, as far as the streams tell it. */
export interface BinanceDefinition {
  readonly instrument: string;
  readonly instrumentClass: InstrumentClass;
  readonly base: string;
  readonly quote: string;
  readonly multiplier: bigint;
  readonly expiration: bigint;
}

const PUBLISHERS = {
  spot: Publisher.BINANCE_SPOT,
  'usd-m': Publisher.BINANCE_USD_M,
  'coin-m': Publisher.BINANCE_COIN_M,
} as const;

/**
 * Quote assets of Binance's spot and USD-M pairs, the longest first among those that end alike.
 * The streams name a pair without the seam between its assets; a live connector has the venue's
 * instrument list for it, a capture only this. A pair that ends on none keeps both fields empty.
 */
const QUOTE_ASSETS = (
  'FDUSD TUSD BUSD USDT USDC USDP DAI USD1 AEUR EURI BTC ETH BNB TRX XRP DOGE SOL ' +
  'TRY EUR BRL GBP AUD JPY MXN ZAR UAH PLN RON ARS COP'
).split(' ');

// A COIN-M contract is worth a fixed amount of dollars: 100 on bitcoin, 10 on everything else.
// https://www.binance.com/en/futures/trading-rules/coin-m
const COIN_M_BITCOIN_USD = 100n;
const COIN_M_OTHER_USD = 10n;
const NANOS = 1_000_000_000n;
// Delivery contracts expire at 08:00 UTC of the day in their symbol.
const DELIVERY_HOUR_MS = 8 * 3_600_000;

export function binanceSymbol(market: BinanceMarket, rawSymbol: string): FeedSymbol {
  return { publisherId: PUBLISHERS[market], venue: 'BINANCE', rawSymbol };
}

/**
 * Whether a futures symbol is of COIN-M: its contracts are named BASEUSD_PERP or BASEUSD_yymmdd,
 * those of USD-M BASEQUOTE or BASEQUOTE_yymmdd with a stablecoin as quote.
 */
export function isCoinMargined(rawSymbol: string): boolean {
  return /USD_(PERP|\d{6})$/.test(rawSymbol);
}

/** Canonical name, class and terms of an instrument. */
export function binanceDefinition(instrument: BinanceInstrument): BinanceDefinition {
  const { market } = instrument;
  const { rawSymbol } = instrument.symbol;
  const seam = rawSymbol.indexOf('_');
  const pair = seam < 0 ? rawSymbol : rawSymbol.slice(0, seam);
  const term = seam < 0 ? 'PERP' : rawSymbol.slice(seam + 1);
  const assets = market === 'coin-m' ? coinMargined(pair) : splitPair(pair);
  if (market === 'spot') {
    return {
      instrument: `${rawSymbol}.BINANCE`,
      instrumentClass: InstrumentClass.SPOT,
      ...assets,
      multiplier: 0n,
      expiration: 0n,
    };
  }
  const isPerpetual = term === 'PERP';
  const contractUsd = assets.base === 'BTC' ? COIN_M_BITCOIN_USD : COIN_M_OTHER_USD;
  return {
    instrument: `${pair}-${term}.BINANCE`,
    instrumentClass: isPerpetual ? InstrumentClass.PERPETUAL : InstrumentClass.FUTURE,
    ...assets,
    multiplier: market === 'coin-m' ? contractUsd * NANOS : 0n,
    expiration: isPerpetual ? 0n : deliveryNanos(term),
  };
}

interface Assets {
  readonly base: string;
  readonly quote: string;
}

function coinMargined(pair: string): Assets {
  return pair.endsWith('USD') ? { base: pair.slice(0, -3), quote: 'USD' } : { base: '', quote: '' };
}

function splitPair(pair: string): Assets {
  for (const quote of QUOTE_ASSETS) {
    if (pair.length > quote.length && pair.endsWith(quote)) {
      return { base: pair.slice(0, -quote.length), quote };
    }
  }
  return { base: '', quote: '' };
}

function deliveryNanos(term: string): bigint {
  const date = /^(\d{2})(\d{2})(\d{2})$/.exec(term);
  if (date === null) return 0n;
  const midnightMs = Date.UTC(2000 + Number(date[1]), Number(date[2]) - 1, Number(date[3]));
  return BigInt(midnightMs + DELIVERY_HOUR_MS) * 1_000_000n;
}
