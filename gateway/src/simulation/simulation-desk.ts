import { type Clock, sleep } from '@feedmill/core/clock';
import { Problem } from '../problem.ts';
import type { Simulation, SimulationOutcome, SimulationWish } from './simulation-messages.ts';

export interface SimulationDeskOptions {
  /** To the supervisor; undefined where none has started this gateway. */
  readonly send: ((wish: SimulationWish) => void) | undefined;
  readonly clock: Clock;
  /** How long a wish is waited for, and how many may be under way. */
  readonly waitMs: number;
  readonly wishesMax: number;
}

export type SimulationChange = Pick<SimulationWish, 'isRunning' | 'rate'>;

/** The simulated markets of the supervisor that has started this gateway. */
export class SimulationDesk {
  readonly #options: SimulationDeskOptions;
  readonly #waiting = new Map<number, (outcome: SimulationOutcome) => void>();
  #simulations: readonly Simulation[] = [];
  #wishes = 0;

  constructor(options: SimulationDeskOptions) {
    this.#options = options;
  }

  list(): readonly Simulation[] {
    return this.#simulations;
  }

  /** They are like this from now on. */
  show(simulations: readonly Simulation[]): void {
    this.#simulations = simulations;
  }

  /** Takes what became of a wish; of one that nobody waits for any more nothing. */
  settle(outcome: SimulationOutcome): void {
    this.#waiting.get(outcome.wish)?.(outcome);
  }

  /**
   * Starts, stops or paces a simulated market, and waits until that is so.
   *
   * @throws Problem not-found, conflict, overloaded or unavailable
   */
  async steer(feed: string, change: SimulationChange): Promise<Simulation> {
    const { send, wishesMax } = this.#options;
    const isThere = (): Simulation | undefined =>
      this.#simulations.find((each) => each.feed === feed);
    if (send === undefined || isThere() === undefined) throw notThere(feed);
    if (this.#waiting.size >= wishesMax) {
      throw new Problem(
        'overloaded',
        `${this.#waiting.size} changes of simulated markets are under way, as many as may be.`,
        { retryAfterSeconds: 1 },
      );
    }
    this.#wishes += 1;
    const wish = this.#wishes;
    const outcome = this.#outcomeOf(wish);
    send({ type: 'simulation-wish', wish, feed, ...change });
    const { refusal } = await outcome;
    if (refusal !== undefined) throw new Problem(refusal.kind, refusal.detail);
    const simulation = isThere();
    if (simulation === undefined) throw notThere(feed);
    return simulation;
  }

  async #outcomeOf(wish: number): Promise<SimulationOutcome> {
    const { clock, waitMs } = this.#options;
    const told = new Promise<SimulationOutcome>((resolve) => {
      this.#waiting.set(wish, resolve);
    });
    const waiting = new AbortController();
    const outcome = await Promise.race([told, sleep(clock, waitMs, waiting.signal)]);
    waiting.abort();
    this.#waiting.delete(wish);
    if (outcome !== undefined) return outcome;
    throw new Problem(
      'unavailable',
      `The supervisor has not done it within ${waitMs / 1000} s; ` +
        'GET /v1/simulations tells whether it has later.',
      { retryAfterSeconds: 1 },
    );
  }
}

const notThere = (feed: string): Problem =>
  new Problem(
    'not-found',
    `There is no simulated market '${feed}' to steer; GET /v1/simulations lists them.`,
  );
