import { stableId } from '@feedmill/core/stable-id';
import Type from 'typebox';
import { LIMITS } from '../limits.ts';
import { GAPS } from '../query/gaps.ts';
import { readAs, readPage } from '../query/page.ts';
import { timeRange } from '../query/time-range.ts';
import { endpoint } from './endpoint.ts';
import { feedParameter, instrumentsParameter, PAGE_PARAMETERS } from './parameters.ts';

export const gapsEndpoint = endpoint({
  method: 'GET',
  path: '/v1/gaps',
  name: 'listGaps',
  tag: 'health',
  summary: 'What is missing in the sequences of the venues',
  description: 'By the time at which it showed.',
  scope: 'read',
  query: Type.Object({
    instrument: Type.Optional(instrumentsParameter),
    feed: Type.Optional(feedParameter),
    ...PAGE_PARAMETERS,
  }),
  pathSchema: Type.Object({}),
  answer: { kind: 'rows', columns: GAPS.columns, isPaged: true },
  problems: [404],
  async handle({ query }, services) {
    const range = timeRange(query, LIMITS.eventRangeDaysMax);
    const { instrument, feed, order, limit, cursor } = query;
    const ids = instrument && (await services.instruments.idsOf(instrument));
    const filter = [ids ?? null, feed === undefined ? null : String(stableId(feed))];
    const { value, positions } = await readAs(services, query.consistency, 'history', (reader) =>
      readPage(reader, GAPS, { order, limit, cursor, range, filter }),
    );
    return { kind: 'rows', ...value, positions };
  },
});
