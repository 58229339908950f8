import Type from 'typebox';
import { LIMITS } from '../limits.ts';
import { readAs } from '../query/page.ts';
import { QUOTES, SELECT_LATEST_QUOTES, SELECT_SAME_ASSET } from '../query/quotes.ts';
import { endpoint } from './endpoint.ts';
import { consistencyParameter, instrumentsParameter, timeStyleParameter } from './parameters.ts';

export const latestQuotesEndpoint = endpoint({
  method: 'GET',
  path: '/v1/quotes/latest',
  name: 'latestQuotes',
  tag: 'market',
  summary: 'The newest quote of some instruments',
  description: 'Instruments without a quote are left out.',
  scope: 'read',
  query: Type.Object({
    instrument: instrumentsParameter,
    venues: Type.Enum(['own', 'all'], {
      default: 'own',
      description:
        'own: the instruments that are named. all: also what their quotes are compared with, ' +
        'the same asset on every other venue.',
    }),
    time: timeStyleParameter,
    consistency: consistencyParameter,
  }),
  pathSchema: Type.Object({}),
  answer: { kind: 'rows', columns: QUOTES.columns, isPaged: false },
  problems: [404],
  async handle({ query }, services) {
    const ids = await services.instruments.idsOf(query.instrument);
    const { value, positions } = await readAs(
      services,
      query.consistency,
      'latest',
      async (reader) => {
        if (query.venues === 'own') return await reader.rows(SELECT_LATEST_QUOTES, [ids]);
        const all = await reader.rows(SELECT_SAME_ASSET, [ids, LIMITS.instrumentsMax]);
        return await reader.rows(SELECT_LATEST_QUOTES, [all.map(([id]) => id)]);
      },
    );
    return { kind: 'rows', columns: QUOTES.columns, rows: value, positions };
  },
});
