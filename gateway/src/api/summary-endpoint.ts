import Type from 'typebox';
import { LIMITS } from '../limits.ts';
import { readAs } from '../query/page.ts';
import { readSummaries, SUMMARY_COLUMNS } from '../query/summaries.ts';
import { timeRange } from '../query/time-range.ts';
import { endpoint } from './endpoint.ts';
import {
  consistencyParameter,
  instrumentsParameter,
  rangeEndParameter,
  rangeStartParameter,
  timeStyleParameter,
  venueParameter,
} from './parameters.ts';

export const summaryEndpoint = endpoint({
  method: 'GET',
  path: '/v1/bars/summary',
  name: 'summarizeBars',
  tag: 'market',
  summary: 'What a range comes to, for one instrument or all of them',
  description:
    'The sum of the minutes that begin in the range, a row for each instrument and feed. ' +
    `Without \`instrument\` of all instruments, by name, ${LIMITS.summaryInstrumentsMax} at most.`,
  scope: 'read',
  query: Type.Object({
    instrument: Type.Optional(instrumentsParameter),
    venue: venueParameter,
    from: rangeStartParameter,
    to: rangeEndParameter,
    time: timeStyleParameter,
    consistency: consistencyParameter,
  }),
  pathSchema: Type.Object({}),
  answer: { kind: 'rows', columns: SUMMARY_COLUMNS, isPaged: false },
  problems: [404],
  async handle({ query }, services) {
    const range = timeRange(query, LIMITS.summaryRangeDaysMax);
    const { instrument, venue, consistency } = query;
    const instrumentIds = instrument && (await services.instruments.idsOf(instrument));
    const instrumentsMax = LIMITS.summaryInstrumentsMax;
    const { value, positions } = await readAs(services, consistency, 'summary', (reader) =>
      readSummaries(reader, { instrumentIds, venue, instrumentsMax, range }),
    );
    return { kind: 'rows', columns: SUMMARY_COLUMNS, rows: value, positions };
  },
});
