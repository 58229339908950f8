import type { FeedSymbol } from '@feedmill/core/event';
import { InstrumentClass } from '@feedmill/proto/feedmill/v1/event_pb';
import type { DefinitionBody, Listing } from './instruments.ts';
import { assetCode, stepOf } from './listings.ts';
import { asMessage, isMessage, listOf, type Message, textOf } from './message-fields.ts';
import { Publisher } from './publishers.ts';

/** Binance's three markets; a symbol means another instrument in each. */
export type BinanceMarket = 'spot' | 'usd-m' | 'coin-m';

export const BINANCE_PUBLISHERS = {
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

/**
 * Whether a futures symbol is of COIN-M: its contracts are named BASEUSD_PERP or BASEUSD_yymmdd,
 * those of USD-M BASEQUOTE or BASEQUOTE_yymmdd with a stablecoin as quote.
 */
export function isCoinMargined(rawSymbol: string): boolean {
  return /USD_(PERP|\d{6})$/.test(rawSymbol);
}

/** Canonical name, class and terms, as far as the symbol tells them. */
export function describeBinance({ publisherId, rawSymbol }: FeedSymbol): DefinitionBody {
  const seam = rawSymbol.indexOf('_');
  const pair = seam < 0 ? rawSymbol : rawSymbol.slice(0, seam);
  const term = seam < 0 ? 'PERP' : rawSymbol.slice(seam + 1);
  const isCoin = publisherId === Publisher.BINANCE_COIN_M;
  const assets = isCoin ? coinMargined(pair) : splitPair(pair);
  if (publisherId === Publisher.BINANCE_SPOT) {
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
    multiplier: isCoin ? contractUsd * NANOS : 0n,
    expiration: isPerpetual ? 0n : deliveryNanos(term),
  };
}

/**
 * The instruments of an exchangeInfo answer: assets, tick, lot and delivery as the venue says.
 *
 * @throws MessageFault bad_field
 */
export function binanceListings(market: BinanceMarket, answer: Message): Listing[] {
  return listOf(answer, 'symbols').map((item): Listing => {
    const listed = asMessage(item);
    const publisherId = BINANCE_PUBLISHERS[market];
    const symbol: FeedSymbol = {
      publisherId,
      venue: 'BINANCE',
      rawSymbol: textOf(listed, 'symbol'),
    };
    const definition = {
      ...describeBinance(symbol),
      base: assetCode(textOf(listed, 'baseAsset')),
      quote: assetCode(textOf(listed, 'quoteAsset')),
      minPriceIncrement: stepOf(filterOf(listed, 'PRICE_FILTER')?.['tickSize']),
      lotSize: stepOf(filterOf(listed, 'LOT_SIZE')?.['stepSize']),
    };
    if (listed['contractSize'] === undefined) return { symbol, definition };
    return { symbol, definition: { ...definition, multiplier: stepOf(listed['contractSize']) } };
  });
}

function filterOf(listed: Message, filterType: string): Message | undefined {
  const filters = Array.isArray(listed['filters']) ? (listed['filters'] as unknown[]) : [];
  return filters.filter(isMessage).find((each) => each['filterType'] === filterType);
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
