import { BITFINEX } from './bitfinex.ts';
import { Publisher } from './publishers.ts';
import { CAUTIOUS_RATES, type VenueDialect } from './venue-dialect.ts';

// Numbers all messages, so that a lost one is seen.
const SEQ_ALL = 65_536;
const subscribe = (channel: string, symbol: string, more: object = {}): string =>
  JSON.stringify({ event: 'subscribe', channel, symbol, ...more });

/** https://docs.bitfinex.com/docs/ws-general: 25 channels a connection, 20 connections a minute. */
export const BITFINEX_LIVE: VenueDialect = {
  venue: BITFINEX,
  markets: [],
  defaultSymbols: ['tBTCUSD', 'tETHUSD'],
  symbolsMax: 8,
  publisherId: () => Publisher.BITFINEX,
  websocket: () => 'wss://api-pub.bitfinex.com',
  rest: () => 'https://api-pub.bitfinex.com',
  websocketPath: () => '/ws/2',
  listPaths: ({ symbols }) =>
    symbols.some((symbol) => symbol.includes('F0'))
      ? ['/v2/conf/pub:list:pair:exchange', '/v2/conf/pub:list:pair:futures']
      : ['/v2/conf/pub:list:pair:exchange'],
  subscribe: ({ symbols }) => [
    JSON.stringify({ event: 'conf', flags: SEQ_ALL }),
    ...symbols.flatMap((symbol) => [
      subscribe('trades', symbol),
      subscribe('ticker', symbol),
      subscribe('book', symbol, { prec: 'P0', freq: 'F0', len: '100' }),
    ]),
  ],
  keepAlive: { everyMs: 10_000, text: (cid) => JSON.stringify({ event: 'ping', cid }) },
  // A channel's number changes with each subscription; a new connection is simpler.
  bookRepair: { by: 'reconnect' },
  rates: { ...CAUTIOUS_RATES, requests: { count: 1, perMs: 2_000 } },
};
