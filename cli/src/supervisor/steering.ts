import type { GatewayOrder } from '@feedmill/gateway/orders';
import type { Outcome, Refusal, Wish } from '@feedmill/gateway/wish/wish-messages';

/** An order that holds until another of its type. */
export type StandingOrder = Exclude<GatewayOrder, Outcome>;

/** What people can change by way of a gateway. */
export interface Steering {
  /** How it is, for the gateway. */
  orders(): readonly StandingOrder[];
  /** @returns why it was not done; undefined once it is */
  carryOut(wish: Wish): Promise<Refusal | undefined>;
}
