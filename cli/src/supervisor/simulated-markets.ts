import type { Simulation, SimulationWish } from '@feedmill/gateway/simulation/simulation-messages';
import type { Refusal, Wish } from '@feedmill/gateway/wish/wish-messages';
import { formatSourceSpec, type SimulatedSpec } from '@feedmill/producer/source-spec';
import type { ConnectorProcess } from './connector-process.ts';
import type { DeclaredSource } from './declared-source.ts';
import type { StandingOrder, Steering } from './steering.ts';

/** What of a connector is needed here. */
export type SteeredConnector = Pick<
  ConnectorProcess,
  'source' | 'isDone' | 'isHalted' | 'halt' | 'resume' | 'declare'
>;

/** The simulated markets of a supervisor, which can be started, stopped and paced one by one. */
export class SimulatedMarkets implements Steering {
  readonly #connectors: () => readonly SteeredConnector[];
  /** Wishes are done one after another; the gateway bounds how many there are. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(connectors: () => readonly SteeredConnector[]) {
    this.#connectors = connectors;
  }

  orders(): readonly StandingOrder[] {
    return [{ type: 'simulations', simulations: this.list() }];
  }

  async carryOut(wish: Wish): Promise<Refusal | undefined> {
    if (wish.type === 'simulation-wish') return await this.steer(wish);
    return { kind: 'conflict', detail: 'One region runs here, so there is none to switch to.' };
  }

  list(): Simulation[] {
    return this.#connectors().flatMap((connector) => {
      const { spec } = connector.source;
      if (spec.kind !== 'simulated') return [];
      const isRunning = !connector.isHalted && !connector.isDone;
      return [{ feed: spec.producer, isRunning, rate: spec.simulation.rate }];
    });
  }

  /** @returns why it was not done; undefined once it is */
  async steer(wish: SimulationWish): Promise<Refusal | undefined> {
    const mine = this.#turn.then(async () => await this.#steer(wish));
    this.#turn = mine.catch(() => undefined);
    return await mine;
  }

  async #steer(wish: SimulationWish): Promise<Refusal | undefined> {
    const { feed, rate, isRunning } = wish;
    const connector = this.#connectors().find(({ source }) => source.producer === feed);
    const spec = connector?.source.spec;
    if (connector === undefined || spec?.kind !== 'simulated') {
      return { kind: 'not-found', detail: `There is no simulated market '${feed}'.` };
    }
    const isPaced = rate !== undefined && rate !== spec.simulation.rate;
    const detail = whyNot(connector, spec, isPaced);
    if (detail !== undefined) return { kind: 'conflict', detail };
    const shallRun = isRunning ?? !connector.isHalted;
    if (!connector.isHalted && (isPaced || !shallRun)) await connector.halt();
    if (isPaced) connector.declare(pacedTo(spec, rate));
    if (shallRun) connector.resume();
    return undefined;
  }
}

function whyNot(
  { isDone }: SteeredConnector,
  { producer, speed, simulation }: SimulatedSpec,
  isPaced: boolean,
): string | undefined {
  if (isDone) return `The market '${producer}' has come to its end, after the events it was given.`;
  if (isPaced && (simulation.startNanos !== undefined || speed === 0)) {
    return (
      `The times of the market '${producer}' follow from its start and its rate, as given; ` +
      'only one that is live can be paced.'
    );
  }
  return undefined;
}

function pacedTo(spec: SimulatedSpec, rate: number): DeclaredSource {
  const given = { ...spec.simulation.given, rate: String(rate) };
  const paced = { ...spec, simulation: { ...spec.simulation, rate, given } };
  return { producer: spec.producer, spec: paced, text: formatSourceSpec(paced) };
}
