import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { SimulationWishSchema } from '../simulation/simulation-messages.ts';
import { SwitchoverWishSchema } from '../switchover/switchover-messages.ts';

const WishSchema = Type.Union([SimulationWishSchema, SwitchoverWishSchema]);

export const OutcomeSchema = Type.Object({
  type: Type.Literal('outcome'),
  wish: Type.Integer(),
  /** Why it was not done; absent where it was. */
  refusal: Type.Optional(
    Type.Object({
      kind: Type.Union([
        Type.Literal('not-found'),
        Type.Literal('conflict'),
        Type.Literal('not-meaningful'),
        Type.Literal('unavailable'),
      ]),
      detail: Type.String(),
    }),
  ),
});

/** What a gateway asks of its supervisor. */
export type Wish = Static<typeof WishSchema>;
/** What became of a wish. */
export type Outcome = Static<typeof OutcomeSchema>;
export type Refusal = NonNullable<Outcome['refusal']>;

/** Undefined for messages of another kind: a newer gateway may send some. */
export const parseWish = (message: unknown): Wish | undefined =>
  Value.Check(WishSchema, message) ? message : undefined;
