import { BYBIT } from './bybit.ts';
import { Publisher } from './publishers.ts';
import { CAUTIOUS_RATES, type VenueDialect } from './venue-dialect.ts';

const PUBLISHERS: Readonly<Record<string, number>> = {
  linear: Publisher.BYBIT_LINEAR,
  inverse: Publisher.BYBIT_INVERSE,
  spot: Publisher.BYBIT_SPOT,
};
/** Topics of one request, which spot limits. */
const TOPICS_MAX = 10;
const message = (op: string, args: readonly string[]): string => JSON.stringify({ op, args });

/** https://bybit-exchange.github.io/docs/v5/ws/connect: 500 connections in five minutes. */
export const BYBIT_LIVE: VenueDialect = {
  venue: BYBIT,
  markets: ['linear', 'inverse', 'spot'],
  defaultSymbols: ['BTCUSDT', 'ETHUSDT'],
  symbolsMax: 100,
  publisherId: (market) => PUBLISHERS[market] ?? Publisher.BYBIT_LINEAR,
  websocket: () => 'wss://stream.bybit.com',
  rest: () => 'https://api.bybit.com',
  websocketPath: ({ market }) => `/v5/public/${market}`,
  listPaths: ({ market }) => [`/v5/market/instruments-info?category=${market}&limit=1000`],
  subscribe: ({ symbols }) => {
    const topics = symbols.flatMap((symbol) => [`publicTrade.${symbol}`, `orderbook.50.${symbol}`]);
    const requests: string[] = [];
    for (let from = 0; from < topics.length; from += TOPICS_MAX) {
      requests.push(message('subscribe', topics.slice(from, from + TOPICS_MAX)));
    }
    return requests;
  },
  keepAlive: { everyMs: 10_000, text: () => JSON.stringify({ op: 'ping' }) },
  bookRepair: {
    by: 'messages',
    messages: (symbol) =>
      ['unsubscribe', 'subscribe'].map((op) => message(op, [`orderbook.50.${symbol}`])),
  },
  rates: CAUTIOUS_RATES,
};
