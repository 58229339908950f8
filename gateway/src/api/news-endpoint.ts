import Type from 'typebox';
import { LIMITS } from '../limits.ts';
import { entityPattern, NEWS } from '../query/news.ts';
import { readAs, readPage } from '../query/page.ts';
import { timeRange } from '../query/time-range.ts';
import { endpoint } from './endpoint.ts';
import { instrumentsParameter, PAGE_PARAMETERS } from './parameters.ts';

export const newsEndpoint = endpoint({
  method: 'GET',
  path: '/v1/news',
  name: 'listNews',
  tag: 'market',
  summary: 'News, and what they mean for whom',
  description: 'Without `instrument` all of them; with it those that speak of one of these.',
  scope: 'read',
  query: Type.Object({ instrument: Type.Optional(instrumentsParameter), ...PAGE_PARAMETERS }),
  pathSchema: Type.Object({}),
  answer: { kind: 'rows', columns: NEWS.columns, isPaged: true },
  problems: [404],
  async handle({ query }, services) {
    const range = timeRange(query, LIMITS.eventRangeDaysMax);
    const ids = query.instrument && (await services.instruments.idsOf(query.instrument));
    const filter = [ids?.map(entityPattern) ?? null];
    const { order, limit, cursor } = query;
    const { value, positions } = await readAs(services, query.consistency, 'history', (reader) =>
      readPage(reader, NEWS, { order, limit, cursor, range, filter }),
    );
    return { kind: 'rows', ...value, positions };
  },
});
