import { KRAKEN_FUTURES } from './kraken-futures.ts';
import { Publisher } from './publishers.ts';
import { CAUTIOUS_RATES, type VenueDialect } from './venue-dialect.ts';

const message = (event: string, feed: string, symbols: readonly string[]): string =>
  JSON.stringify({ event, feed, product_ids: symbols });

/** https://docs.kraken.com/api/docs/futures-api/websocket/introduction: 100 requests a second. */
export const KRAKEN_FUTURES_LIVE: VenueDialect = {
  venue: KRAKEN_FUTURES,
  markets: [],
  defaultSymbols: ['PF_XBTUSD', 'PF_ETHUSD'],
  symbolsMax: 100,
  publisherId: () => Publisher.KRAKEN_FUTURES,
  websocket: () => 'wss://futures.kraken.com',
  rest: () => 'https://futures.kraken.com',
  websocketPath: () => '/ws/v1',
  listPaths: () => ['/derivatives/api/v3/instruments'],
  subscribe: ({ symbols }) => [
    JSON.stringify({ event: 'subscribe', feed: 'heartbeat' }),
    ...['trade', 'ticker', 'book'].map((feed) => message('subscribe', feed, symbols)),
  ],
  bookRepair: {
    by: 'messages',
    messages: (symbol) =>
      ['unsubscribe', 'subscribe'].map((event) => message(event, 'book', [symbol])),
  },
  rates: CAUTIOUS_RATES,
};
