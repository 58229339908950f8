import Type from 'typebox';
import { LIMITS } from '../limits.ts';
import { BAR_COLUMNS } from '../query/bar-columns.ts';
import { barStep, STEP_PATTERN } from '../query/bar-steps.ts';
import { readAs } from '../query/page.ts';
import { readBars } from '../query/read-bars.ts';
import { barsRange, timeOf } from '../query/time-range.ts';
import { endpoint } from './endpoint.ts';
import { asOfParameter, instrumentsParameter, PAGE_PARAMETERS } from './parameters.ts';

export const barsEndpoint = endpoint({
  method: 'GET',
  path: '/v1/bars',
  name: 'listBars',
  tag: 'market',
  summary: 'Bars of some instruments',
  description:
    'One bar an interval, instrument and feed; intervals without a trade have none. A page may ' +
    'have fewer bars than `limit` and still have a `next`. A bar whose interval is not over yet ' +
    'is not final.',
  scope: 'read',
  query: Type.Object({
    instrument: instrumentsParameter,
    step: Type.String({
      pattern: STEP_PATTERN,
      default: '1m',
      description:
        'Length of the bars: seconds, minutes, hours or a day, as 1s, 15s, 1m, 5m, 1h, 1d. It ' +
        'must divide a day.',
    }),
    as_of: asOfParameter,
    ...PAGE_PARAMETERS,
  }),
  pathSchema: Type.Object({}),
  answer: { kind: 'rows', columns: BAR_COLUMNS, isPaged: true },
  problems: [404],
  async handle({ query }, services) {
    const asOf = query.as_of === undefined ? undefined : timeOf('as_of', query.as_of);
    const step = barStep(query.step, asOf !== undefined);
    const range = barsRange(query, step.stepMs, LIMITS.barsRangeMax);
    const instrumentIds = await services.instruments.idsOf(query.instrument);
    const { order, limit, cursor } = query;
    const { rollUpRowsMax } = services.limits;
    const { value, positions } = await readAs(services, query.consistency, 'history', (reader) =>
      readBars(reader, {
        order,
        limit,
        cursor,
        range,
        step,
        asOf,
        instrumentIds,
        rollUpRowsMax,
      }),
    );
    return { kind: 'rows', ...value, positions };
  },
});
