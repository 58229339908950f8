import { HITBTC } from './hitbtc.ts';
import { Publisher } from './publishers.ts';
import { CAUTIOUS_RATES, type VenueDialect } from './venue-dialect.ts';

const message = (
  method: string,
  ch: string,
  symbols: readonly string[],
  more: object = {},
): string => JSON.stringify({ method, ch, params: { symbols, ...more }, id: 1 });

/** https://api.hitbtc.com/#rate-limiting: 100 REST requests a second. */
export const HITBTC_LIVE: VenueDialect = {
  venue: HITBTC,
  markets: [],
  defaultSymbols: ['BTCUSDT', 'ETHUSDT'],
  symbolsMax: 100,
  publisherId: () => Publisher.HITBTC,
  websocket: () => 'wss://api.hitbtc.com',
  rest: () => 'https://api.hitbtc.com',
  websocketPath: () => '/api/3/ws/public',
  listPaths: () => ['/api/3/public/symbol'],
  subscribe: ({ symbols }) => [
    message('subscribe', 'trades', symbols, { limit: 100 }),
    message('subscribe', 'orderbook/top/100ms', symbols),
    message('subscribe', 'orderbook/full', symbols),
  ],
  bookRepair: {
    by: 'messages',
    messages: (symbol) =>
      ['unsubscribe', 'subscribe'].map((method) => message(method, 'orderbook/full', [symbol])),
  },
  rates: CAUTIOUS_RATES,
};
