import Type from 'typebox';
import { jsonObject } from '../format/json-rows.ts';
import { Problem } from '../problem.ts';
import { CBBO, SELECT_LATEST_CBBO } from '../query/cbbo.ts';
import { endpoint } from './endpoint.ts';
import { instrumentParameter, timeStyleParameter } from './parameters.ts';
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
