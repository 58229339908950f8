import { FeedmillError } from '@feedmill/core/errors';
import type { NetworkKind, NetworkRequest } from '../network-kind.ts';
import { hint } from '../source-parameters.ts';
import { dialectNamed } from '../venues/dialects.ts';
import { LINES_MAX } from './limits.ts';
import { type LiveRequest, LiveSource } from './live-source.ts';

/** The feeds of venues as they trade: `live:<venue>?symbols=…`. */
export const LIVE_KIND: NetworkKind = {
  kind: 'live',
  meaning: 'a venue as it trades, by websocket: trades, best quotes and books',
  parameters: [
    { name: 'symbols', meaning: "the venue's own, separated by commas", defaultText: 'required' },
    { name: 'market', meaning: 'which of its markets, where it has several', defaultText: 'first' },
    {
      name: 'lines',
      meaning: `connections that bring the same, 1 to ${LINES_MAX}; the first good copy counts`,
      defaultText: '1',
    },
    {
      name: 'url',
      meaning: 'another host of the websocket, ws:// or wss://',
      defaultText: 'its own',
    },
    { name: 'rest', meaning: 'another host of REST, http:// or https://', defaultText: 'its own' },
  ],
  example: 'live:coinbase?symbols=BTC-USD,ETH-USD&lines=2',
  producerOf: (target, { market }) => (market === undefined ? target : `${target}-${market}`),
  check: (target, options) => {
    const request = liveRequest({ producer: '', target, options });
    return typeof request === 'string' ? request : undefined;
  },
  open: (request, { stateOf, warn, ...deps }) => {
    const live = liveRequest(request);
    if (typeof live === 'string') throw new FeedmillError('INTERNAL', live);
    return new LiveSource(live, { ...deps, state: stateOf(request.producer) }, warn);
  },
};

/** A request that can be opened, or what is wrong as the second half of a sentence. */
function liveRequest({ producer, target, options }: NetworkRequest): LiveRequest | string {
  const dialect = dialectNamed(target);
  if (typeof dialect === 'string') return dialect;
  const { url, rest, lines = '1', market = dialect.markets[0] ?? '' } = options;
  const symbols = options['symbols']?.split(',').filter((symbol) => symbol !== '') ?? [];
  if (symbols.length === 0) {
    const example = dialect.defaultSymbols.join(',');
    return `no symbols are given; write live:${target}?symbols=${example}`;
  }
  if (symbols.length > dialect.symbolsMax) {
    const most = `${target} takes ${dialect.symbolsMax} on a connection`;
    return `${symbols.length} symbols are given; ${most}; make several sources of them`;
  }
  const isMarket = market === '' || dialect.markets.includes(market);
  if (!isMarket) {
    const known = dialect.markets.length === 0 ? 'none' : dialect.markets.join(', ');
    const near = hint(market, dialect.markets);
    return `'${market}' is not a market of ${target}, which has ${known}${near}`;
  }
  const lineCount = Number(lines);
  if (!Number.isInteger(lineCount) || lineCount < 1 || lineCount > LINES_MAX) {
    return `lines is '${lines}'; it must be a whole number from 1 to ${LINES_MAX}`;
  }
  if (lineCount > 1 && dialect.venue.redundancy === 'single-line') {
    const why =
      'numbers the messages of each connection by themselves, so that copies cannot be told';
    return `lines is ${lineCount}, but ${target} ${why}; leave lines out`;
  }
  if (url !== undefined && !/^wss?:\/\/[^/]+$/.test(url)) {
    return `url is '${url}'; write ws://host:port or wss://host:port`;
  }
  if (rest !== undefined && !/^https?:\/\/[^/]+$/.test(rest)) {
    return `rest is '${rest}'; write http://host:port or https://host:port`;
  }
  return { producer, dialect, symbols, market, lines: lineCount, websocket: url, rest };
}
