/**
 * Publisher ids: one for each feed of a venue, because two feeds may use one symbol for different
 * instruments (BTCUSDT is a pair on Binance spot and a perpetual on USD-M). They are stored with
 * every row, so a number is never given to another feed.
 */
export const Publisher = {
  BINANCE_SPOT: 1,
  BINANCE_USD_M: 2,
  BINANCE_COIN_M: 3,
  GEMINI: 4,
  COINBASE: 5,
  KRAKEN_SPOT: 6,
  KRAKEN_FUTURES: 7,
  BITFINEX: 8,
  BITSTAMP: 9,
  BYBIT_SPOT: 10,
  BYBIT_LINEAR: 11,
  BYBIT_INVERSE: 12,
  OKX: 13,
  DERIBIT: 14,
  HITBTC: 15,
  DYDX: 16,
  KUCOIN: 17,
  NEWS: 900,
  POLLED: 910,
  BROKER: 920,
  SIMULATED: 1000,
  SIMULATED_XNAS: 1001,
  SIMULATED_ARCX: 1002,
  SIMULATED_BATS: 1003,
  SIMULATED_IEXG: 1004,
  SIMULATED_NEWS: 1010,
} as const;
