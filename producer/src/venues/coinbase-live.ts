import { COINBASE } from './coinbase.ts';
import { Publisher } from './publishers.ts';
import { CAUTIOUS_RATES, type VenueDialect } from './venue-dialect.ts';

const message = (type: string, symbols: readonly string[], channels: readonly string[]): string =>
  JSON.stringify({ type, product_ids: symbols, channels });

/** https://docs.cdp.coinbase.com/exchange/docs/websocket-rate-limits: 8 requests a second. */
export const COINBASE_LIVE: VenueDialect = {
  venue: COINBASE,
  markets: [],
  defaultSymbols: ['BTC-USD', 'ETH-USD'],
  symbolsMax: 100,
  publisherId: () => Publisher.COINBASE,
  websocket: () => 'wss://ws-feed.exchange.coinbase.com',
  rest: () => 'https://api.exchange.coinbase.com',
  websocketPath: () => '/',
  listPaths: () => ['/products'],
  subscribe: ({ symbols }) => [
    message('subscribe', symbols, ['matches', 'ticker', 'heartbeat']),
    message('subscribe', symbols, ['level2_batch']),
  ],
  bookRepair: {
    by: 'messages',
    messages: (symbol) =>
      ['unsubscribe', 'subscribe'].map((type) => message(type, [symbol], ['level2_batch'])),
  },
  rates: CAUTIOUS_RATES,
};
