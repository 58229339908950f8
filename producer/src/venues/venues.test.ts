import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hasRecordedData,
  NEEDS_RECORDED_DATA,
  recordedPath,
} from '../capture/testing/recorded-data.ts';
import { connectionTo } from './testing/venue-reading.ts';
import { VENUES, venueNamed } from './venues.ts';

const RECORDED = [
  'BINANCE.ws.1.0',
  'BITFINEX.ws.11.0',
  'BITSTAMP.ws.1.0',
  'BYBIT.ws.26.0',
  'COINBASE.ws.28.0',
  'DERIBIT.ws.1.0',
  'DYDX.ws.1.0',
  'GEMINI.ws.1.0',
  'HITBTC.ws.1.0',
  'KRAKEN.ws.48.0',
  'KRAKEN.ws.49.0',
  'KRAKEN.ws.50.0',
  'KUCOIN.ws.1.0',
  'OKX.ws.1.0',
];

/** Messages of a session, the short ones, as the venue sent them. */
function messagesOf(name: string): string[] {
  const text = readFileSync(recordedPath(`websocket/${name}`), 'utf8');
  const messages = text.split('\n').flatMap((line) => /^\d+\.\d+: (.*)$/.exec(line)?.[1] ?? []);
  return messages.filter(({ length }) => length < 2000).slice(0, 300);
}

describe('venues', () => {
  it('have names and feeds of their own', () => {
    expect(new Set(VENUES.map(({ name }) => name)).size).toBe(VENUES.length);
    expect(new Set(VENUES.map(({ feed }) => feed.publisherId)).size).toBe(VENUES.length);
    expect(venueNamed('krakn')).toMatch(/'krakn' is not a venue.*did you mean 'kraken'/);
  });
});

describe.skipIf(!hasRecordedData())(`a mapper (${NEEDS_RECORDED_DATA})`, () => {
  it.each(RECORDED)('never throws, whatever a message of %s is damaged to', (name) => {
    const venue = venueNamed(name.split('.')[0]?.toLowerCase() ?? '');
    if (typeof venue === 'string') throw new Error(venue);
    const messages = messagesOf(name);
    const place = fc.tuple(fc.nat(), fc.nat(12), fc.string({ maxLength: 6 }));
    const damage = fc.array(place, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), damage), { maxLength: 20 }), (steps) => {
        const connection = connectionTo(venue);
        for (const message of messages.slice(0, 40)) connection.map(message);
        for (const [which, places] of steps) {
          let damaged = messages[which % messages.length] as string;
          for (const [at, cut, text] of places) {
            const from = at % (damaged.length + 1);
            damaged = damaged.slice(0, from) + text + damaged.slice(from + cut);
          }
          connection.map(damaged);
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each(RECORDED)('never throws, whatever a field of a message of %s is replaced by', (name) => {
    const venue = venueNamed(name.split('.')[0]?.toLowerCase() ?? '');
    if (typeof venue === 'string') throw new Error(venue);
    const messages = messagesOf(name);
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.json({ maxDepth: 2 }), (which, field, json) => {
        const connection = connectionTo(venue);
        for (const message of messages.slice(0, 40)) connection.map(message);
        const message = messages[which % messages.length] as string;
        // A value of JSON: behind a colon, comma or bracket.
        const values = [...message.matchAll(/(?<=[:,[])("[^"]*"|-?[\d.]+|true|false|null)/g)];
        const value = values[field % Math.max(values.length, 1)];
        if (value === undefined) return;
        const { index } = value;
        connection.map(message.slice(0, index) + json + message.slice(index + value[0].length));
      }),
      { numRuns: 300 },
    );
  });
});
