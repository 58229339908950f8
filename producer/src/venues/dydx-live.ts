import { DYDX } from './dydx.ts';
import { Publisher } from './publishers.ts';
import { CAUTIOUS_RATES, type VenueDialect } from './venue-dialect.ts';

const message = (type: string, channel: string, id: string): string =>
  JSON.stringify({ type, channel, id });

/** https://docs.dydx.xyz/indexer-client/websockets: 2 subscriptions a second of a channel. */
export const DYDX_LIVE: VenueDialect = {
  venue: DYDX,
  markets: [],
  defaultSymbols: ['BTC-USD', 'ETH-USD'],
  symbolsMax: 30,
  publisherId: () => Publisher.DYDX,
  websocket: () => 'wss://indexer.dydx.trade',
  rest: () => 'https://indexer.dydx.trade',
  websocketPath: () => '/v4/ws',
  listPaths: () => ['/v4/perpetualMarkets'],
  subscribe: ({ symbols }) =>
    symbols.flatMap((symbol) => [
      message('subscribe', 'v4_trades', symbol),
      message('subscribe', 'v4_orderbook', symbol),
    ]),
  bookRepair: {
    by: 'messages',
    messages: (symbol) =>
      ['unsubscribe', 'subscribe'].map((type) => message(type, 'v4_orderbook', symbol)),
  },
  rates: { ...CAUTIOUS_RATES, messages: { count: 2, perMs: 1_000 } },
};
