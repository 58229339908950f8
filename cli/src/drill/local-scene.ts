import { type Clock, sleep } from '@feedmill/core/clock';
import type { WorkerAddresses } from '@feedmill/producer/sdk/locator';
import { LIMITS } from '../limits.ts';
import { handOver } from '../regions/hand-over.ts';
import { LocalPair, type LocalPairOptions } from '../regions/local-pair.ts';
import type { PairedShard } from '../regions/pair-standing.ts';
import type { Side } from '../regions/side.ts';
import type { ProcessDeps } from '../supervisor/process-deps.ts';
import type { DrillName } from './drill-kinds.ts';
import { DrillLinks } from './drill-links.ts';
import type { DrillScene, Fault } from './drill-scene.ts';

export interface LocalSceneOptions extends Omit<LocalPairOptions, 'links'> {
  /** Added between the regions, each way, ms. */
  readonly delayMs: number;
}

/** Two regions as processes of this machine, with a proxy of ours on every way between them. */
export class LocalScene implements DrillScene {
  readonly fronts: Readonly<Record<Side, WorkerAddresses>>;
  readonly inSyncMs = LIMITS.regionsInSyncMs;
  readonly logs: string;
  readonly #pair: LocalPair;
  readonly #links: DrillLinks;
  readonly #faults: Readonly<Record<DrillName, Fault>>;

  private constructor(
    pair: LocalPair,
    links: DrillLinks,
    fronts: Readonly<Record<Side, WorkerAddresses>>,
    dir: string,
    clock: Clock,
  ) {
    this.fronts = fronts;
    this.logs = `the logs in ${dir}`;
    this.#pair = pair;
    this.#links = links;
    this.#faults = localFaults(pair, links, clock);
  }

  /** Nothing runs yet. */
  static async prepare(
    { delayMs, ...options }: LocalSceneOptions,
    deps: ProcessDeps,
  ): Promise<LocalScene> {
    const links = new DrillLinks(delayMs);
    const pair = await LocalPair.prepare({ ...options, links }, () => undefined, deps);
    const front = async (side: Side): Promise<WorkerAddresses> => ({
      workers: await Promise.all(pair.addresses(side).map((address) => links.front(side, address))),
    });
    const fronts = { east: await front('east'), west: await front('west') };
    return new LocalScene(pair, links, fronts, options.dir, deps.clock);
  }

  get postgresUrls(): readonly [string, string] {
    const { east, west } = this.#pair.regions;
    return [east.postgresUrl, west.postgresUrl];
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#pair.start(signal);
  }

  async shards(): Promise<PairedShard[]> {
    return await this.#pair.shards();
  }

  async begin(drill: DrillName, primary: Side): Promise<void> {
    await this.#faults[drill].begin(primary);
  }

  async heal(drill: DrillName, primary: Side, signal: AbortSignal): Promise<void> {
    await this.#faults[drill].heal(primary, signal);
  }

  async release(): Promise<void> {
    // What was cut would keep the regions from ending in order.
    this.#links.heal();
  }

  async close(): Promise<void> {
    await this.#pair.drain();
    await this.#pair.stopPostgres();
    await this.#links.close();
  }
}

const nothing = async (): Promise<void> => undefined;

function localFaults(
  pair: LocalPair,
  links: DrillLinks,
  clock: Clock,
): Readonly<Record<DrillName, Fault>> {
  const signalWorkers = (side: Side, signal: NodeJS.Signals): void => {
    for (const { process: kept } of pair.regions[side].workers) {
      if (kept.pid !== undefined) process.kill(kept.pid, signal);
    }
  };
  return {
    'region-loss': {
      begin: (primary) => pair.regions[primary].lose(),
      heal: (primary, signal) => pair.regions[primary].start(signal),
    },
    'pod-loss': {
      begin: async (primary) => signalWorkers(primary, 'SIGKILL'),
      heal: nothing,
    },
    switchover: {
      begin: (primary) => handOver(pair, primary),
      heal: nothing,
    },
    partition: {
      begin: async (primary) => links.isolate(primary),
      heal: async () => links.heal(),
    },
    'witness-loss': {
      begin: async () => pair.witness.lose(),
      heal: (_primary, signal) => pair.witness.start(signal),
    },
    'postgres-loss': {
      begin: async (primary) => pair.regions[primary].supervisor.crashPostgres(),
      heal: nothing,
    },
    zombie: {
      begin: async (primary) => signalWorkers(primary, 'SIGSTOP'),
      heal: async (primary, signal) => {
        signalWorkers(primary, 'SIGCONT');
        await sleep(clock, 200, signal);
      },
    },
  };
}
