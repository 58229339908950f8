import { FeedmillError } from '@feedmill/core/errors';
import type { HttpClient } from '@feedmill/producer/net/http-client';
import { parseSourceSpec } from '@feedmill/producer/source-spec';
import { DIALECTS } from '@feedmill/producer/venues/dialects';
import { describe, expect, it } from 'vitest';
import { checkInternet, liveVenues } from './live-venues.ts';

/** A network on which these hosts answer. */
const network = (...hosts: string[]): HttpClient => ({
  request: async ({ url }) => {
    if (hosts.includes(new URL(url).host)) return { status: 404, headers: {}, text: '' };
    throw new FeedmillError('SOURCE_FAILED', `${url} does not answer (ENOTFOUND).`);
  },
});
const { signal } = new AbortController();

describe('--live', () => {
  it('makes a source of every venue, with symbols that can be opened', () => {
    const all = DIALECTS.map(({ venue }) => venue.name).join(',');
    const venues = liveVenues(all);
    expect(venues).toHaveLength(DIALECTS.length);
    for (const { source } of venues) expect(parseSourceSpec(source).kind).toBe('live');
    expect(liveVenues('coinbase, kraken').map(({ source }) => source)).toEqual([
      'live:coinbase?symbols=BTC-USD,ETH-USD',
      'live:kraken?symbols=XBT/USD,ETH/USD',
    ]);
  });

  it.each(['nyse', '', 'coinbase,,kraken'])('refuses "%s" and says which there are', (text) => {
    expect(() => liveVenues(text)).toThrow(/^--live .* which are binance, .*okx\.$/);
  });

  it('goes on where one venue answers at least, whatever it says', async () => {
    const venues = liveVenues('coinbase,kraken');
    const checked = checkInternet(venues, network('api.kraken.com'), signal);
    await expect(checked).resolves.toBeUndefined();
  });

  it('says in one sentence that there is no internet, and what runs without', async () => {
    await expect(checkInternet(liveVenues('coinbase,kraken'), network(), signal)).rejects.toThrow(
      'There is no internet here: ' +
        'https://api.exchange.coinbase.com/ does not answer (ENOTFOUND), ' +
        'https://api.kraken.com/ does not answer (ENOTFOUND); ' +
        'without --live the simulated market runs.',
    );
  });
});
