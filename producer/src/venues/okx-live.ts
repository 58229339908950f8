import { OKX } from './okx.ts';
import { Publisher } from './publishers.ts';
import { CAUTIOUS_RATES, type VenueDialect } from './venue-dialect.ts';

const message = (op: string, channel: string, symbols: readonly string[]): string =>
  JSON.stringify({ op, args: symbols.map((instId) => ({ channel, instId })) });

/** The kind of list that an instrument stands in, by the form of its name. */
function listOf(symbol: string): string {
  const parts = symbol.split('-');
  const [base = '', quote = '', term] = parts;
  if (parts.length === 5) return `OPTION&uly=${base}-${quote}`;
  if (term === 'SWAP') return 'SWAP';
  return term === undefined ? 'SPOT' : 'FUTURES';
}

/** https://www.okx.com/docs-v5/en/#overview-websocket: 3 connections a second, 480 an hour. */
export const OKX_LIVE: VenueDialect = {
  venue: OKX,
  markets: [],
  defaultSymbols: ['BTC-USDT', 'ETH-USDT'],
  symbolsMax: 100,
  publisherId: () => Publisher.OKX,
  websocket: () => 'wss://ws.okx.com:8443',
  rest: () => 'https://www.okx.com',
  websocketPath: () => '/ws/v5/public',
  listPaths: ({ symbols }) =>
    [...new Set(symbols.map(listOf))].map((kind) => `/api/v5/public/instruments?instType=${kind}`),
  subscribe: ({ symbols }) =>
    ['trades', 'bbo-tbt', 'books'].map((channel) => message('subscribe', channel, symbols)),
  // Not JSON, in either direction.
  keepAlive: { everyMs: 10_000, text: () => 'ping' },
  isNoise: (text) => text === 'pong',
  bookRepair: {
    by: 'messages',
    messages: (symbol) => ['unsubscribe', 'subscribe'].map((op) => message(op, 'books', [symbol])),
  },
  rates: { ...CAUTIOUS_RATES, messages: { count: 2, perMs: 1_000 } },
};
