import { KUCOIN } from './kucoin.ts';
import { isMessage } from './message-fields.ts';
import { Publisher } from './publishers.ts';
import { CAUTIOUS_RATES, type VenueDialect } from './venue-dialect.ts';

const subscribe = (id: number, topic: string): string =>
  JSON.stringify({ id, type: 'subscribe', topic, privateChannel: false, response: true });

/** https://www.kucoin.com/docs-new/websocket-api/base-info/introduction: 100 messages in 10 s. */
export const KUCOIN_LIVE: VenueDialect = {
  venue: KUCOIN,
  markets: [],
  defaultSymbols: ['BTC-USDT', 'ETH-USDT'],
  symbolsMax: 90,
  publisherId: () => Publisher.KUCOIN,
  websocket: () => 'wss://ws-api-spot.kucoin.com',
  rest: () => 'https://api.kucoin.com',
  websocketPath: () => '/',
  listPaths: () => ['/api/v1/symbols'],
  ticket: {
    path: '/api/v1/bullet-public',
    urlOf: (answer) => {
      const data = isMessage(answer) && isMessage(answer['data']) ? answer['data'] : {};
      const servers = Array.isArray(data['instanceServers']) ? data['instanceServers'] : [];
      const server: unknown = servers[0];
      const endpoint = isMessage(server) ? server['endpoint'] : undefined;
      const { token } = data;
      if (typeof endpoint !== 'string' || typeof token !== 'string') return undefined;
      return `${endpoint}?token=${encodeURIComponent(token)}`;
    },
  },
  subscribe: ({ symbols }) => {
    const listed = symbols.join(',');
    return [
      subscribe(1, `/market/match:${listed}`),
      subscribe(2, `/market/ticker:${listed}`),
      subscribe(3, `/market/level2:${listed}`),
    ];
  },
  keepAlive: { everyMs: 10_000, text: (id) => JSON.stringify({ id: String(id), type: 'ping' }) },
  bookRepair: {
    by: 'rest',
    path: (symbol) => `/api/v1/market/orderbook/level2_100?symbol=${symbol}`,
  },
  rates: CAUTIOUS_RATES,
};
