import Type, { type TProperties } from 'typebox';
import { parseTime, TIME_PATTERN } from '../format/time-text.ts';
import { LIMITS } from '../limits.ts';
import { Problem } from '../problem.ts';
import { barStep, STEP_PATTERN } from '../query/bar-steps.ts';
import { timeRange } from '../query/time-range.ts';
import { REPLAY_LIMITS } from '../replay/limits.ts';
import type { Replay } from '../replay/replay.ts';
import { REPLAY_TOPICS } from '../replay/replay-rows.ts';
import { endpoint } from './endpoint.ts';
import { INSTRUMENT_PATTERN } from './parameters.ts';

const { replaySpeedMin, replaySpeedMax, replayRangeDaysMax } = REPLAY_LIMITS;

const SpeedSchema = Type.Union(
  [Type.Number({ minimum: replaySpeedMin, maximum: replaySpeedMax }), Type.Null()],
  {
    description:
      `Event time by time of the clock, ${replaySpeedMin} to ${replaySpeedMax}; null: as fast as ` +
      'those who follow it take it, and not at all while nobody does.',
  },
);

const TimeSchema = Type.String({
  pattern: TIME_PATTERN,
  description: 'ISO 8601 with its zone, a date, or nanoseconds since 1970.',
  examples: ['2024-08-08T13:30:00Z'],
});

const PausedSchema = Type.Boolean({ description: 'Whether it stands still.' });

const bodyOf = <Properties extends TProperties>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false });

const WishSchema = bodyOf({
  instruments: Type.Array(Type.String({ pattern: INSTRUMENT_PATTERN }), {
    minItems: 1,
    maxItems: LIMITS.instrumentsMax,
    description: 'Names, SYMBOL.VENUE.',
  }),
  from: TimeSchema,
  to: TimeSchema,
  topics: Type.Optional(
    Type.Array(Type.Enum([...REPLAY_TOPICS]), {
      minItems: 1,
      uniqueItems: true,
      description: 'What is told; trades and quotes where nothing else is said.',
    }),
  ),
  step: Type.Optional(Type.String({ pattern: STEP_PATTERN, description: 'Of bars; 1m.' })),
  speed: Type.Optional(SpeedSchema),
  paused: Type.Optional(PausedSchema),
});

const ChangeSchema = bodyOf({
  speed: Type.Optional(SpeedSchema),
  paused: Type.Optional(PausedSchema),
  seek: Type.Optional(TimeSchema),
});

const NANOS = Type.String({ pattern: '^-?[0-9]+$' });

const ManifestSchema = Type.Object({
  replay: Type.String(),
  events: Type.Integer(),
  seeks: Type.Integer({ description: 'How often it was sought: then parts are missing or twice.' }),
  ts_from: NANOS,
  ts_to: NANOS,
  streams: Type.Array(
    Type.Object({
      topic: Type.Enum([...REPLAY_TOPICS]),
      instrument: Type.Union([Type.String(), Type.Null()]),
      producer: Type.String(),
      count: Type.Integer(),
      first_sequence: Type.Union([NANOS, Type.Null()]),
      last_sequence: Type.Union([NANOS, Type.Null()]),
      sha256: Type.String({ description: 'Of the data of its messages, each with a line feed.' }),
    }),
  ),
});

const ReplaySchema = Type.Object({
  id: Type.String(),
  state: Type.Enum(['running', 'paused', 'done', 'stopped', 'failed']),
  owner: Type.String({ description: 'Name of the key that has started it.' }),
  instruments: Type.Array(Type.String()),
  topics: Type.Array(Type.Enum([...REPLAY_TOPICS])),
  ts_from: NANOS,
  ts_to: NANOS,
  ts_position: { ...NANOS, description: 'Event time that it has come to.' },
  speed: Type.Union([Type.Number(), Type.Null()]),
  events: Type.Integer({ description: 'Told so far.' }),
  followers: Type.Integer(),
  why: Type.Union([Type.String(), Type.Null()], { description: 'Of one that has failed.' }),
  manifest: Type.Union([ManifestSchema, Type.Null()], { description: 'Once it has ended.' }),
});

const idPath = Type.Object({ id: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }) });
const NO_QUERY = Type.Object({});
const COMMON = { tag: 'live', query: NO_QUERY } as const;
const shown = (replay: Replay, status = 200) =>
  ({ kind: 'document', status, body: replay.document() }) as const;

export const startReplayEndpoint = endpoint({
  ...COMMON,
  method: 'POST',
  path: '/v1/replays',
  name: 'startReplay',
  summary: 'Tell history through the live stream, in event time',
  description:
    'Follow it with GET /v1/live?replay=…. To get it from its first event, start it paused, or ' +
    'with speed null, which waits for somebody to follow.',
  scope: 'replay',
  pathSchema: NO_QUERY,
  body: WishSchema,
  answer: { kind: 'document', schema: ReplaySchema, status: 201 },
  problems: [404],
  async handle({ principal, body }, services) {
    const { instruments, from, to, topics = ['trades', 'quotes'], step = '1m', speed } = body;
    const range = timeRange({ from, to }, replayRangeDaysMax);
    barStep(step, false);
    const instrumentIds = await services.instruments.idsOf(instruments);
    const replay = services.replays.start({
      owner: principal.name,
      instruments,
      instrumentIds,
      topics,
      step,
      range,
      speed: speed ?? undefined,
      isPaused: body.paused ?? false,
    });
    return shown(replay, 201);
  },
});

export const replaysEndpoint = endpoint({
  ...COMMON,
  method: 'GET',
  path: '/v1/replays',
  name: 'listReplays',
  summary: 'Replays that are under way, and the last that have ended',
  scope: 'read',
  pathSchema: NO_QUERY,
  answer: { kind: 'document', schema: Type.Object({ items: Type.Array(ReplaySchema) }) },
  handle: (_, { replays }) => ({
    kind: 'document',
    body: { items: replays.list().map((replay) => replay.document()) },
  }),
});

export const replayEndpoint = endpoint({
  ...COMMON,
  method: 'GET',
  path: '/v1/replays/{id}',
  name: 'getReplay',
  summary: 'One replay',
  scope: 'read',
  pathSchema: idPath,
  answer: { kind: 'document', schema: ReplaySchema },
  problems: [404],
  handle: ({ path }, { replays }) => shown(replays.find(path.id)),
});

export const changeReplayEndpoint = endpoint({
  ...COMMON,
  method: 'PATCH',
  path: '/v1/replays/{id}',
  name: 'changeReplay',
  summary: 'Pause a replay, let it go on, seek, or change its speed',
  scope: 'replay',
  pathSchema: idPath,
  body: ChangeSchema,
  answer: { kind: 'document', schema: ReplaySchema },
  problems: [404, 409],
  handle({ path, body }, { replays }) {
    const replay = replays.find(path.id);
    const { speed, paused, seek } = body;
    replay.change({
      ...(speed !== undefined && { speed: speed ?? undefined }),
      ...(paused !== undefined && { isPaused: paused }),
      ...(seek !== undefined && { seekNanos: soughtNanos(seek, replay) }),
    });
    return shown(replay);
  },
});

export const stopReplayEndpoint = endpoint({
  ...COMMON,
  method: 'DELETE',
  path: '/v1/replays/{id}',
  name: 'stopReplay',
  summary: 'End a replay',
  scope: 'replay',
  pathSchema: idPath,
  answer: { kind: 'empty' },
  problems: [404],
  handle({ path }, { replays }) {
    replays.find(path.id).stop();
    return { kind: 'empty' };
  },
});

function soughtNanos(text: string, { options: { range } }: Replay): bigint {
  const nanos = parseTime(text);
  if (nanos !== undefined && nanos >= range.from && nanos <= range.to) return nanos;
  throw new Problem(
    'not-meaningful',
    `'seek' is '${text}', and the replay reaches from ${range.from} to ${range.to} ns.`,
  );
}
