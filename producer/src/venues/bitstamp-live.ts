import { BITSTAMP } from './bitstamp.ts';
import { Publisher } from './publishers.ts';
import { CAUTIOUS_RATES, type VenueDialect } from './venue-dialect.ts';

const message = (channel: string): string =>
  JSON.stringify({ event: 'bts:subscribe', data: { channel } });

/** https://www.bitstamp.net/websocket/v2/: 400 REST requests a second. */
export const BITSTAMP_LIVE: VenueDialect = {
  venue: BITSTAMP,
  markets: [],
  defaultSymbols: ['btcusd', 'ethusd'],
  symbolsMax: 50,
  publisherId: () => Publisher.BITSTAMP,
  websocket: () => 'wss://ws.bitstamp.net',
  rest: () => 'https://www.bitstamp.net',
  websocketPath: () => '/',
  listPaths: () => ['/api/v2/trading-pairs-info/'],
  subscribe: ({ symbols }) =>
    symbols.flatMap((symbol) => [
      message(`live_trades_${symbol}`),
      message(`diff_order_book_${symbol}`),
    ]),
  keepAlive: { everyMs: 10_000, text: () => JSON.stringify({ event: 'bts:heartbeat' }) },
  wantsReconnect: (text) => text.includes('"bts:request_reconnect"'),
  bookRepair: { by: 'rest', path: (symbol) => `/api/v2/order_book/${symbol}/` },
  rates: { ...CAUTIOUS_RATES, messages: { count: 10, perMs: 1_000 } },
};
