import Type from 'typebox';
import { jsonObject } from '../format/json-rows.ts';
import { LIMITS } from '../limits.ts';
import { Problem } from '../problem.ts';
import { CBBO, SELECT_LATEST_CBBO } from '../query/cbbo.ts';
import { readAs, readPage } from '../query/page.ts';
import { timeRange } from '../query/time-range.ts';
import { endpoint } from './endpoint.ts';
import {
  instrumentParameter,
  instrumentsParameter,
  PAGE_PARAMETERS,
  timeStyleParameter,
} from './parameters.ts';
import { rowSchema } from './row-schema.ts';

export const latestCbboEndpoint = endpoint({
  method: 'GET',
  path: '/v1/cbbo/latest',
  name: 'latestConsolidatedQuote',
  tag: 'market',
  summary: 'The best bid and offer over the venues of an instrument, now',
  description: 'There is one from the second venue of an asset pair on.',
  scope: 'read',
  query: Type.Object({ instrument: instrumentParameter, time: timeStyleParameter }),
  pathSchema: Type.Object({}),
  answer: { kind: 'document', schema: rowSchema(CBBO.columns) },
  problems: [404],
  async handle({ query }, { database, instruments }) {
    const ids = await instruments.idsOf([query.instrument]);
    const [row] = await database.read('latest', (reader) => reader.rows(SELECT_LATEST_CBBO, [ids]));
    if (row === undefined) {
      throw new Problem(
        'not-found',
        `'${query.instrument}' has no consolidated quote: it is quoted at one venue or none.`,
      );
    }
    return { kind: 'document', body: jsonObject(CBBO.columns, row, query.time) };
  },
});

export const cbboEndpoint = endpoint({
  method: 'GET',
  path: '/v1/cbbo',
  name: 'listConsolidatedQuotes',
  tag: 'market',
  summary: 'Best bids and offers over the venues of some instruments',
  description: 'A row for each change, in the order in which they were received.',
  scope: 'read',
  query: Type.Object({ instrument: instrumentsParameter, ...PAGE_PARAMETERS }),
  pathSchema: Type.Object({}),
  answer: { kind: 'rows', columns: CBBO.columns, isPaged: true },
  problems: [404],
  async handle({ query }, services) {
    const range = timeRange(query, LIMITS.eventRangeDaysMax);
    const filter = [await services.instruments.idsOf(query.instrument)];
    const { order, limit, cursor } = query;
    const { value, positions } = await readAs(services, query.consistency, 'history', (reader) =>
      readPage(reader, CBBO, { order, limit, cursor, range, filter }),
    );
    return { kind: 'rows', ...value, positions };
  },
});
