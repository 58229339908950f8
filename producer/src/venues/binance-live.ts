import { BINANCE } from './binance.ts';
import { Publisher } from './publishers.ts';
import { CAUTIOUS_RATES, type VenueDialect } from './venue-dialect.ts';

const SPOT = 'spot';

interface Market {
  readonly publisher: number;
  readonly ws: string;
  readonly rest: string;
  readonly api: string;
}

const SPOT_MARKET: Market = {
  publisher: Publisher.BINANCE_SPOT,
  ws: 'wss://stream.binance.com:9443',
  rest: 'https://api.binance.com',
  api: '/api/v3',
};

const MARKETS: Readonly<Record<string, Market>> = {
  [SPOT]: SPOT_MARKET,
  'usd-m': {
    publisher: Publisher.BINANCE_USD_M,
    ws: 'wss://fstream.binance.com',
    rest: 'https://fapi.binance.com',
    api: '/fapi/v1',
  },
  'coin-m': {
    publisher: Publisher.BINANCE_COIN_M,
    ws: 'wss://dstream.binance.com',
    rest: 'https://dapi.binance.com',
    api: '/dapi/v1',
  },
};

const of = (market: string): Market => MARKETS[market] ?? SPOT_MARKET;
/** Levels of a snapshot; more weigh more. */
const SNAPSHOT_LEVELS = 1000;

/**
 * https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams: 300 connections in
 * five minutes, 5 messages a second; a snapshot weighs 50 of 6,000 a minute.
 */
export const BINANCE_LIVE: VenueDialect = {
  venue: BINANCE,
  markets: [SPOT, 'usd-m', 'coin-m'],
  defaultSymbols: ['BTCUSDT', 'ETHUSDT'],
  symbolsMax: 200,
  publisherId: (market) => of(market).publisher,
  websocket: (market) => of(market).ws,
  rest: (market) => of(market).rest,
  websocketPath: ({ symbols }) => {
    const streams = symbols.flatMap((symbol) =>
      ['trade', 'bookTicker', 'depth@100ms'].map((stream) => `${symbol.toLowerCase()}@${stream}`),
    );
    return `/stream?streams=${streams.join('/')}`;
  },
  listPaths: ({ market, symbols }) => {
    const path = `${of(market).api}/exchangeInfo`;
    if (market !== SPOT) return [path];
    return [`${path}?symbols=${encodeURIComponent(JSON.stringify(symbols))}`];
  },
  // The URL names the streams.
  subscribe: () => [],
  bookRepair: {
    by: 'rest',
    path: (symbol, market) => `${of(market).api}/depth?symbol=${symbol}&limit=${SNAPSHOT_LEVELS}`,
  },
  rates: { ...CAUTIOUS_RATES, requests: { count: 1, perMs: 1_000 } },
};
