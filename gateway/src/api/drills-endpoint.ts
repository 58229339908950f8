import Type from 'typebox';
import type { DrillReport } from '../observe/drill-report.ts';
import { endpoint } from './endpoint.ts';

const NOTHING = Type.Object({});
const NANOS_PER_MS = 1_000_000n;

const rto = (description: string) =>
  Type.Union([Type.Number(), Type.Null()], {
    description: `${description}, of the repetition that took longest; null where none ended.`,
  });

const DrillSchema = Type.Object({
  id: Type.String(),
  drill: Type.String({ description: 'Its kind, as `feedmill drill` takes it.' }),
  ts_started: Type.String({ pattern: '^[0-9]+$', description: 'Nanoseconds since 1970.' }),
  passed: Type.Boolean({
    description: 'It came to its end, nothing was lost or doubled, the regions held the same.',
  }),
  why: Type.Union([Type.String(), Type.Null()], {
    description: 'What kept it from coming to its end.',
  }),
  repetitions: Type.Integer(),
  stream_rto_ms: rto('How long acknowledgements stood still'),
  store_rto_ms: rto('How long rows stood still'),
  acknowledged_events: Type.Integer(),
  lost_events: Type.Integer(),
  doubled_events: Type.Integer(),
  unequal: Type.Integer({ description: "Repetitions after which the regions' rows differed." }),
});

export const drillsEndpoint = endpoint({
  method: 'GET',
  path: '/v1/drills',
  name: 'listDrills',
  tag: 'health',
  summary: 'What drills found, newest first',
  description: 'Of those whose reports `feedmill drill` has kept in the folder of this gateway.',
  scope: 'read',
  query: NOTHING,
  pathSchema: NOTHING,
  answer: {
    kind: 'document',
    schema: Type.Object({
      items: Type.Array(DrillSchema),
      unreadable: Type.Integer({ description: 'Files among them that hold no report.' }),
    }),
  },
  async handle(_, { drills }) {
    const { reports, unreadable } = await drills.read();
    return { kind: 'document', body: { items: reports.map(itemOf), unreadable } };
  },
});

const itemOf = (report: DrillReport) => ({
  id: report.id,
  drill: report.drill,
  ts_started: String(BigInt(report.startedMs) * NANOS_PER_MS),
  passed: report.passed,
  why: report.why,
  repetitions: report.repetitions,
  stream_rto_ms: report.streamRtoMs,
  store_rto_ms: report.storeRtoMs,
  acknowledged_events: report.acknowledged,
  lost_events: report.lost,
  doubled_events: report.doubled,
  unequal: report.unequal,
});
