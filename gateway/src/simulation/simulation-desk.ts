import { Problem } from '../problem.ts';
import type { Wishes } from '../wish/wishes.ts';
import type { Simulation, SimulationWish } from './simulation-messages.ts';

export type SimulationChange = Pick<SimulationWish, 'isRunning' | 'rate'>;

/** The simulated markets of the supervisor that has started this gateway. */
export class SimulationDesk {
  readonly #wishes: Wishes;
  #simulations: readonly Simulation[] = [];

  constructor(wishes: Wishes) {
    this.#wishes = wishes;
  }

  list(): readonly Simulation[] {
    return this.#simulations;
  }

  /** They are like this from now on. */
  show(simulations: readonly Simulation[]): void {
    this.#simulations = simulations;
  }

  /**
   * Starts, stops or paces a simulated market, and waits until that is so.
   *
   * @throws Problem not-found, conflict, overloaded or unavailable
   */
  async steer(feed: string, change: SimulationChange): Promise<Simulation> {
    const isThere = (): Simulation | undefined =>
      this.#simulations.find((each) => each.feed === feed);
    if (!this.#wishes.hasSupervisor || isThere() === undefined) throw notThere(feed);
    await this.#wishes.ask(
      (wish) => ({ type: 'simulation-wish', wish, feed, ...change }),
      'GET /v1/simulations',
    );
    const simulation = isThere();
    if (simulation === undefined) throw notThere(feed);
    return simulation;
  }
}

const notThere = (feed: string): Problem =>
  new Problem(
    'not-found',
    `There is no simulated market '${feed}' to steer; GET /v1/simulations lists them.`,
  );
