import Type from 'typebox';
import { LIMITS } from '../limits.ts';
import { readAs, readPage } from '../query/page.ts';
import { SIGNALS } from '../query/signals.ts';
import { timeRange } from '../query/time-range.ts';
import { endpoint } from './endpoint.ts';
import { instrumentsParameter, PAGE_PARAMETERS } from './parameters.ts';

export const signalsEndpoint = endpoint({
  method: 'GET',
  path: '/v1/signals',
  name: 'listSignals',
  tag: 'market',
  summary: 'What rules have found about some instruments',
  scope: 'read',
  query: Type.Object({ instrument: instrumentsParameter, ...PAGE_PARAMETERS }),
  pathSchema: Type.Object({}),
  answer: { kind: 'rows', columns: SIGNALS.columns, isPaged: true },
  problems: [404],
  async handle({ query }, services) {
    const range = timeRange(query, LIMITS.eventRangeDaysMax);
    const filter = [await services.instruments.idsOf(query.instrument)];
    const { order, limit, cursor } = query;
    const { value, positions } = await readAs(services, query.consistency, 'history', (reader) =>
      readPage(reader, SIGNALS, { order, limit, cursor, range, filter }),
    );
    return { kind: 'rows', ...value, positions };
  },
});
