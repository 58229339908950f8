import { GEMINI } from './gemini.ts';
import { Publisher } from './publishers.ts';
import { CAUTIOUS_RATES, type VenueDialect } from './venue-dialect.ts';

/** https://docs.gemini.com/rest/rate-limits: 120 requests a minute. */
export const GEMINI_LIVE: VenueDialect = {
  venue: GEMINI,
  markets: [],
  defaultSymbols: ['BTCUSD', 'ETHUSD'],
  symbolsMax: 50,
  publisherId: () => Publisher.GEMINI,
  websocket: () => 'wss://api.gemini.com',
  rest: () => 'https://api.gemini.com',
  websocketPath: () => '/v2/marketdata',
  listPaths: ({ symbols }) =>
    symbols.map((symbol) => `/v1/symbols/details/${symbol.toLowerCase()}`),
  subscribe: ({ symbols }) => [
    JSON.stringify({ type: 'subscribe', subscriptions: [{ name: 'l2', symbols }] }),
  ],
  // Only the first message of a symbol on a connection is its whole book.
  bookRepair: { by: 'reconnect' },
  rates: { ...CAUTIOUS_RATES, requests: { count: 1, perMs: 1_000 } },
};
