import Type, { type Static } from 'typebox';

const StepSchema = Type.Object({
  name: Type.String(),
  state: Type.Union([
    Type.Literal('pending'),
    Type.Literal('running'),
    Type.Literal('done'),
    Type.Literal('failed'),
  ]),
  tookMs: Type.Optional(Type.Integer()),
  /** Why it failed. */
  message: Type.Optional(Type.String()),
});

export const SwitchoverSchema = Type.Object({
  id: Type.String(),
  /** Name of the key that asked for it. */
  by: Type.String(),
  from: Type.String(),
  to: Type.String(),
  isForced: Type.Boolean(),
  startedMs: Type.Integer(),
  state: Type.Union([Type.Literal('running'), Type.Literal('done'), Type.Literal('failed')]),
  steps: Type.Array(StepSchema),
  /** The longest that a shard took, once all have been tried. */
  pauseMs: Type.Optional(Type.Integer()),
  message: Type.Optional(Type.String()),
});

export const SwitchoverWishSchema = Type.Object({
  type: Type.Literal('switchover-wish'),
  /** Tells wishes of one gateway apart; what became of it says the same. */
  wish: Type.Integer(),
  /** Becomes the switchover's. */
  id: Type.String(),
  /** Name of the key that asks for it. */
  by: Type.String(),
  from: Type.Optional(Type.String()),
  to: Type.String(),
  isForced: Type.Boolean(),
});

export type SwitchoverStep = Static<typeof StepSchema>;
/** All shards on their way from one region to the other, as the supervisor of both has it. */
export type Switchover = Static<typeof SwitchoverSchema>;
export type SwitchoverWish = Static<typeof SwitchoverWishSchema>;
