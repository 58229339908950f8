import type { Refusal, Wish } from '@feedmill/gateway/wish/wish-messages';
import type { SimulatedMarkets } from '../supervisor/simulated-markets.ts';
import type { StandingOrder, Steering } from '../supervisor/steering.ts';
import type { Switchovers } from './switchovers.ts';

/** What people can change by way of the gateway of either of two regions. */
export class PairSteering implements Steering {
  readonly #markets: SimulatedMarkets;
  readonly #switchovers: Switchovers;

  constructor(markets: SimulatedMarkets, switchovers: Switchovers) {
    this.#markets = markets;
    this.#switchovers = switchovers;
  }

  orders(): readonly StandingOrder[] {
    const switchovers = [...this.#switchovers.list()];
    return [...this.#markets.orders(), { type: 'switchovers', switchovers }];
  }

  async carryOut(wish: Wish): Promise<Refusal | undefined> {
    return wish.type === 'switchover-wish'
      ? this.#switchovers.begin(wish)
      : await this.#markets.carryOut(wish);
  }
}
