import Type from 'typebox';
import {
  SIMULATION_RATE_MAX,
  SIMULATION_RATE_MIN,
  type Simulation,
} from '../simulation/simulation-messages.ts';
import { endpoint } from './endpoint.ts';
import { feedParameter } from './parameters.ts';

const NOTHING = Type.Object({});

const RateSchema = Type.Number({
  minimum: SIMULATION_RATE_MIN,
  maximum: SIMULATION_RATE_MAX,
  description: 'Events a second.',
  examples: [2_000],
});

const SimulationAnswerSchema = Type.Object({
  feed: Type.String(),
  running: Type.Boolean({ description: 'Whether events come from it.' }),
  rate: Type.Number({ description: 'Events a second, while it runs.' }),
});

const feedPath = Type.Object({ feed: feedParameter });
const COMMON = { tag: 'live', query: NOTHING } as const;
// Not there, and cannot be steered.
const STEERING = { scope: 'operate', problems: [404, 409] } as const;

const shown = (simulation: Simulation) => ({ kind: 'document', body: itemOf(simulation) }) as const;

const itemOf = ({ feed, isRunning, rate }: Simulation) => ({ feed, running: isRunning, rate });

export const simulationsEndpoint = endpoint({
  ...COMMON,
  method: 'GET',
  path: '/v1/simulations',
  name: 'listSimulations',
  summary: 'Simulated markets, and how fast they are',
  description: 'None where no supervisor runs beside the gateway, as on Kubernetes.',
  scope: 'read',
  pathSchema: NOTHING,
  answer: {
    kind: 'document',
    schema: Type.Object({ items: Type.Array(SimulationAnswerSchema) }),
  },
  handle: (_, { simulations }) => ({
    kind: 'document',
    body: { items: simulations.list().map(itemOf) },
  }),
});

export const startSimulationEndpoint = endpoint({
  ...COMMON,
  ...STEERING,
  method: 'POST',
  path: '/v1/simulations',
  name: 'startSimulation',
  summary: 'Let a simulated market run, at its rate or another',
  description: 'It goes on with the event behind its last one, from now. One that runs runs on.',
  pathSchema: NOTHING,
  body: Type.Object(
    { feed: feedParameter, rate: Type.Optional(RateSchema) },
    { additionalProperties: false },
  ),
  answer: { kind: 'document', schema: SimulationAnswerSchema },
  async handle({ body: { feed, rate } }, { simulations }) {
    const change = { isRunning: true, ...(rate !== undefined && { rate }) };
    return shown(await simulations.steer(feed, change));
  },
});

export const paceSimulationEndpoint = endpoint({
  ...COMMON,
  ...STEERING,
  method: 'PATCH',
  path: '/v1/simulations/{feed}',
  name: 'paceSimulation',
  summary: 'Make a simulated market faster or slower',
  description:
    'One that runs pauses for about a second meanwhile. One with a start of its own cannot be: ' +
    'its times follow from its rate.',
  pathSchema: feedPath,
  body: Type.Object({ rate: RateSchema }, { additionalProperties: false }),
  answer: { kind: 'document', schema: SimulationAnswerSchema },
  async handle({ path: { feed }, body: { rate } }, { simulations }) {
    return shown(await simulations.steer(feed, { rate }));
  },
});

export const stopSimulationEndpoint = endpoint({
  ...COMMON,
  ...STEERING,
  method: 'DELETE',
  path: '/v1/simulations/{feed}',
  name: 'stopSimulation',
  summary: 'Stop a simulated market',
  description: 'What it has sent is acknowledged or comes again when it is started.',
  pathSchema: feedPath,
  answer: { kind: 'empty' },
  async handle({ path: { feed } }, { simulations }) {
    await simulations.steer(feed, { isRunning: false });
    return { kind: 'empty' };
  },
});
