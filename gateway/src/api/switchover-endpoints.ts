import Type from 'typebox';
import type { Switchover } from '../switchover/switchover-messages.ts';
import { endpoint } from './endpoint.ts';

const NOTHING = Type.Object({});
const COMMON = { tag: 'health', query: NOTHING } as const;

const RegionName = Type.String({ pattern: '^[a-z0-9-]{1,63}$', examples: ['west'] });
const NullableMs = Type.Union([Type.Integer(), Type.Null()]);
const NullableText = Type.Union([Type.String(), Type.Null()]);

const StepSchema = Type.Object({
  name: Type.String({ description: 'The shard that moves, or what is waited for.' }),
  state: Type.Enum(['pending', 'running', 'done', 'failed']),
  took_ms: { ...NullableMs, description: 'Once it has ended.' },
  message: { ...NullableText, description: 'Why it failed.' },
});

const SwitchoverSchema = Type.Object({
  id: Type.String(),
  owner: Type.String({ description: 'Name of the key that has started it.' }),
  from: Type.String(),
  to: Type.String(),
  forced: Type.Boolean(),
  state: Type.Enum(['running', 'done', 'failed']),
  ts_started: Type.String({ pattern: '^[0-9]+$', description: 'In ns.' }),
  steps: Type.Array(StepSchema),
  pause_ms: {
    ...NullableMs,
    description:
      'The longest that producers of a shard waited, at most: from the order until the other ' +
      'region was primary.',
  },
  message: { ...NullableText, description: 'How it went, once it has ended.' },
});

const itemOf = ({ steps, startedMs, ...switchover }: Switchover) => ({
  id: switchover.id,
  owner: switchover.by,
  from: switchover.from,
  to: switchover.to,
  forced: switchover.isForced,
  state: switchover.state,
  ts_started: String(BigInt(startedMs) * 1_000_000n),
  steps: steps.map(({ name, state, tookMs, message }) => ({
    name,
    state,
    took_ms: tookMs ?? null,
    message: message ?? null,
  })),
  pause_ms: switchover.pauseMs ?? null,
  message: switchover.message ?? null,
});

export const startSwitchoverEndpoint = endpoint({
  ...COMMON,
  method: 'POST',
  path: '/v1/switchovers',
  name: 'startSwitchover',
  summary: 'Move all shards to the other region',
  description:
    'As planned: nothing is lost, and a shard whose follower is not in sync stays. With `forced` ' +
    'although that region is not in sync or the other one does not answer; what only the other ' +
    'one has is given up then, so `confirm` has to name the region again.',
  scope: 'operate',
  pathSchema: NOTHING,
  body: Type.Object(
    {
      to: { ...RegionName, description: 'Region that shall accept events.' },
      from: Type.Optional({ ...RegionName, description: 'Refused where another one is primary.' }),
      forced: Type.Optional(Type.Boolean()),
      confirm: Type.Optional({ ...RegionName, description: 'By force: the same as `to`.' }),
    },
    { additionalProperties: false },
  ),
  answer: { kind: 'document', schema: SwitchoverSchema, status: 202 },
  // One region, one that is under way, and not in sync.
  problems: [409],
  async handle({ principal, body: { to, from, forced, confirm } }, { switchovers }) {
    const switchover = await switchovers.start({
      by: principal.name,
      ...(from !== undefined && { from }),
      to,
      forcedTo: forced === true ? (confirm ?? '') : undefined,
    });
    return { kind: 'document', status: 202, body: itemOf(switchover) };
  },
});

export const switchoversEndpoint = endpoint({
  ...COMMON,
  method: 'GET',
  path: '/v1/switchovers',
  name: 'listSwitchovers',
  summary: 'The last switchovers since the start, newest first',
  description: 'None where one region runs, or where no supervisor runs beside the gateway.',
  scope: 'read',
  pathSchema: NOTHING,
  answer: { kind: 'document', schema: Type.Object({ items: Type.Array(SwitchoverSchema) }) },
  handle: (_, { switchovers }) => ({
    kind: 'document',
    body: { items: switchovers.list().map(itemOf) },
  }),
});

export const switchoverEndpoint = endpoint({
  ...COMMON,
  method: 'GET',
  path: '/v1/switchovers/{id}',
  name: 'getSwitchover',
  summary: 'One switchover, and how far it is',
  scope: 'read',
  pathSchema: Type.Object({ id: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }) }),
  answer: { kind: 'document', schema: SwitchoverSchema },
  problems: [404],
  handle: ({ path }, { switchovers }) => ({
    kind: 'document',
    body: itemOf(switchovers.find(path.id)),
  }),
});
