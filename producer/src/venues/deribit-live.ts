import { DERIBIT } from './deribit.ts';
import { Publisher } from './publishers.ts';
import { CAUTIOUS_RATES, type VenueDialect } from './venue-dialect.ts';

const HEARTBEAT_SECONDS = 10;
const call = (id: number, method: string, params: object): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });
const book = (symbol: string): string => `book.${symbol}.100ms`;

/** BTC-PERPETUAL and SOL_USDC-PERPETUAL stand in the lists of BTC and of USDC. */
function currencyOf(symbol: string): string {
  const [base = '', quote] = (symbol.split('-')[0] ?? '').split('_');
  return quote ?? base;
}

/** https://docs.deribit.com/#rate-limits: 20 requests a second that are not of trading. */
export const DERIBIT_LIVE: VenueDialect = {
  venue: DERIBIT,
  markets: [],
  defaultSymbols: ['BTC-PERPETUAL', 'ETH-PERPETUAL'],
  symbolsMax: 100,
  publisherId: () => Publisher.DERIBIT,
  websocket: () => 'wss://www.deribit.com',
  rest: () => 'https://www.deribit.com',
  websocketPath: () => '/ws/api/v2',
  listPaths: ({ symbols }) =>
    [...new Set(symbols.map(currencyOf))].map(
      (currency) => `/api/v2/public/get_instruments?currency=${currency}&expired=false`,
    ),
  subscribe: ({ symbols }) => [
    call(1, 'public/set_heartbeat', { interval: HEARTBEAT_SECONDS }),
    call(2, 'public/subscribe', {
      channels: symbols.flatMap((symbol) => [
        `trades.${symbol}.100ms`,
        `quote.${symbol}`,
        book(symbol),
      ]),
    }),
  ],
  keepAlive: { everyMs: 10_000, text: (count) => call(100 + count, 'public/test', {}) },
  replyTo: (text) => (text.includes('"test_request"') ? call(3, 'public/test', {}) : undefined),
  bookRepair: {
    by: 'messages',
    messages: (symbol) =>
      ['public/unsubscribe', 'public/subscribe'].map((method) =>
        call(4, method, { channels: [book(symbol)] }),
      ),
  },
  rates: CAUTIOUS_RATES,
};
