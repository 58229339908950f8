import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

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

const WishSchema = Type.Object({
  type: Type.Literal('simulation-wish'),
  /** Tells wishes of one gateway apart; what became of it says the same. */
  wish: Type.Integer(),
  feed: Type.String(),
  isRunning: Type.Optional(Type.Boolean()),
  rate: Type.Optional(RateSchema),
});

export const OutcomeSchema = Type.Object({
  type: Type.Literal('simulation-outcome'),
  wish: Type.Integer(),
  /** Why it was not done; absent where it was. */
  refusal: Type.Optional(
    Type.Object({
      kind: Type.Union([
        Type.Literal('not-found'),
        Type.Literal('conflict'),
        Type.Literal('unavailable'),
      ]),
      detail: Type.String(),
    }),
  ),
});

/** A simulated market, as its supervisor has it. */
export type Simulation = Static<typeof SimulationSchema>;
/** What a gateway asks of its supervisor; what is left out stays as it is. */
export type SimulationWish = Static<typeof WishSchema>;
/** What became of a wish. */
export type SimulationOutcome = Static<typeof OutcomeSchema>;
export type SimulationRefusal = NonNullable<SimulationOutcome['refusal']>;

/** Undefined for messages of another kind: a newer gateway may send some. */
export const parseSimulationWish = (message: unknown): SimulationWish | undefined =>
  Value.Check(WishSchema, message) ? message : undefined;
