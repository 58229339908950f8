import { describe, expect, it } from 'vitest';
import { parseSourceSpec } from '../source-spec.ts';
import { DIALECTS } from './dialects.ts';
import { VENUES } from './venues.ts';

describe('dialects', () => {
  it('are there for every venue', () => {
    expect(DIALECTS.map(({ venue }) => venue.name).toSorted()).toEqual(
      VENUES.map(({ name }) => name).toSorted(),
    );
  });

  it.each(DIALECTS.map((dialect) => [dialect.venue.name, dialect] as const))(
    '%s: names each symbol where it subscribes, within the limits of the venue',
    (name, dialect) => {
      const market = dialect.markets[0] ?? '';
      const { defaultSymbols: symbols } = dialect;
      const subscription = { symbols, market };
      const said = [dialect.websocketPath(subscription), ...dialect.subscribe(subscription)];
      for (const symbol of symbols) {
        expect(said.join('\n').toLowerCase()).toContain(symbol.toLowerCase());
      }
      expect(dialect.websocket(market)).toMatch(/^wss:\/\/[^/]+$/);
      expect(dialect.rest(market)).toMatch(/^https:\/\/[^/]+$/);
      for (const path of dialect.listPaths(subscription)) expect(path).toMatch(/^\//);
      expect(dialect.rates.connects.perMs / dialect.rates.connects.count).toBeGreaterThan(1000);
      const spec = parseSourceSpec(`live:${name}?symbols=${symbols.join(',')}`);
      expect(spec).toMatchObject({ kind: 'live', producer: name });
    },
  );

  it.each([
    ['live:kraken', /no symbols are given; write live:kraken\?symbols=XBT\/USD,ETH\/USD/],
    ['live:krakn?symbols=X', /'krakn' is not a venue.*did you mean 'kraken'/],
    ['live:dydx?symbols=X&lines=2', /lines is 2, but dydx numbers the messages/],
    ['live:coinbase?symbols=X&lines=9', /lines is '9'; it must be a whole number from 1 to 8/],
    ['live:bybit?symbols=X&market=future', /'future' is not a market of bybit, which has linear/],
    ['live:coinbase?symbols=X&url=http://x', /url is 'http:\/\/x'; write ws:\/\/host:port/],
    ['live:coinbase?symbols=X&rest=x', /rest is 'x'; write http:\/\/host:port/],
  ])('refuse %s', (spec, message) => {
    expect(() => parseSourceSpec(spec)).toThrow(message);
  });
});
