import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { SimulationSchema } from './simulation/simulation-messages.ts';
import { SwitchoverSchema } from './switchover/switchover-messages.ts';
import { OutcomeSchema } from './wish/wish-messages.ts';

const OrderSchema = Type.Union([
  Type.Object({
    type: Type.Literal('workers'),
    workers: Type.Array(
      Type.Object({ shard: Type.Integer({ minimum: 0 }), address: Type.String() }),
    ),
  }),
  Type.Object({ type: Type.Literal('console'), folder: Type.String() }),
  Type.Object({ type: Type.Literal('simulations'), simulations: Type.Array(SimulationSchema) }),
  Type.Object({ type: Type.Literal('switchovers'), switchovers: Type.Array(SwitchoverSchema) }),
  OutcomeSchema,
]);

/** What a supervisor tells its gateway. */
export type GatewayOrder = Static<typeof OrderSchema>;

/** Undefined for messages of another kind: a newer supervisor may send some. */
export const parseOrder = (message: unknown): GatewayOrder | undefined =>
  Value.Check(OrderSchema, message) ? message : undefined;
