import { KRAKEN } from './kraken.ts';
import { Publisher } from './publishers.ts';
import { CAUTIOUS_RATES, type VenueDialect } from './venue-dialect.ts';

const BOOK = { name: 'book', depth: 100 };
const message = (event: string, pair: readonly string[], subscription: object): string =>
  JSON.stringify({ event, pair, subscription });

/** https://docs.kraken.com/api/docs/guides/spot-ws-intro: 150 connections in ten minutes. */
export const KRAKEN_LIVE: VenueDialect = {
  venue: KRAKEN,
  markets: [],
  defaultSymbols: ['XBT/USD', 'ETH/USD'],
  symbolsMax: 100,
  publisherId: () => Publisher.KRAKEN_SPOT,
  websocket: () => 'wss://ws.kraken.com',
  rest: () => 'https://api.kraken.com',
  websocketPath: () => '/',
  listPaths: () => ['/0/public/AssetPairs'],
  subscribe: ({ symbols }) => [
    message('subscribe', symbols, { name: 'trade' }),
    message('subscribe', symbols, { name: 'spread' }),
    message('subscribe', symbols, BOOK),
  ],
  keepAlive: { everyMs: 10_000, text: (reqid) => JSON.stringify({ event: 'ping', reqid }) },
  bookRepair: {
    by: 'messages',
    messages: (symbol) =>
      ['unsubscribe', 'subscribe'].map((event) => message(event, [symbol], BOOK)),
  },
  rates: CAUTIOUS_RATES,
};
