import Type, { type Static } from 'typebox';

/** Events a second that a simulated market can be paced to. */
export const SIMULATION_RATE_MIN = 1;
export const SIMULATION_RATE_MAX = 1_000_000;

const RateSchema = Type.Number({ minimum: SIMULATION_RATE_MIN, maximum: SIMULATION_RATE_MAX });

export const SimulationSchema = Type.Object({
  feed: Type.String(),
  isRunning: Type.Boolean(),
  /** Events a second of event time. */
  rate: Type.Number(),
});

export const SimulationWishSchema = Type.Object({
  type: Type.Literal('simulation-wish'),
  /** Tells wishes of one gateway apart; what became of it says the same. */
  wish: Type.Integer(),
  feed: Type.String(),
  isRunning: Type.Optional(Type.Boolean()),
  rate: Type.Optional(RateSchema),
});

/** A simulated market, as its supervisor has it. */
export type Simulation = Static<typeof SimulationSchema>;
/** A change that is asked for; what is left out stays as it is. */
export type SimulationWish = Static<typeof SimulationWishSchema>;
