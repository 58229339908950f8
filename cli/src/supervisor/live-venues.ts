import { FeedmillError } from '@feedmill/core/errors';
import type { HttpClient } from '@feedmill/producer/net/http-client';
import { DIALECTS, dialectNamed } from '@feedmill/producer/venues/dialects';

/** A venue that is read as it trades. */
export interface LiveVenue {
  /** The SPEC of its source, with the symbols that are usual. */
  readonly source: string;
  /** Scheme and host of its REST interface. */
  readonly rest: string;
}

/**
 * The venues of `--live coinbase,kraken`.
 *
 * @throws FeedmillError USAGE for a name that is none
 */
export function liveVenues(text: string): readonly LiveVenue[] {
  const names = text.split(',').map((name) => name.trim());
  return names.map((name) => {
    const dialect = dialectNamed(name);
    if (typeof dialect === 'string') {
      const known = DIALECTS.map(({ venue }) => venue.name).join(', ');
      throw new FeedmillError(
        'USAGE',
        `--live '${text}': '${name}' is not a venue that can be read live, which are ${known}.`,
      );
    }
    const { defaultSymbols, markets, venue } = dialect;
    return {
      source: `live:${venue.name}?symbols=${defaultSymbols.join(',')}`,
      rest: dialect.rest(markets[0] ?? ''),
    };
  });
}

/**
 * Looks whether any of the venues answers, so that a command can say at once what is missing.
 *
 * @throws FeedmillError SOURCE_FAILED when none does
 */
export async function checkInternet(
  venues: readonly LiveVenue[],
  http: HttpClient,
  signal: AbortSignal,
): Promise<void> {
  const asked = venues.map(async ({ rest }) => {
    await http.request({ method: 'GET', url: `${rest}/` }, signal);
  });
  const answers = await Promise.allSettled(asked);
  if (venues.length === 0 || answers.some(({ status }) => status === 'fulfilled')) return;
  const why = answers.map((answer) =>
    answer.status === 'rejected' ? reasonOf(FeedmillError.from(answer.reason)) : '',
  );
  throw new FeedmillError(
    'SOURCE_FAILED',
    `There is no internet here: ${why.join(', ')}; without --live the simulated market runs.`,
  );
}

/** `https://api.kraken.com/ does not answer (ENOTFOUND).` within a sentence. */
const reasonOf = ({ message }: FeedmillError): string => message.replace(/\.$/, '');
