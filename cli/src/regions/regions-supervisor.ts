import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { sleep } from '@feedmill/core/clock';
import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { FeedmillError } from '@feedmill/core/errors';
import { LIMITS } from '../limits.ts';
import { type LocalState, type LocalStateFile, readLocalState } from '../local-state.ts';
import { isRunning, processIdentity } from '../process-identity.ts';
import type { FeedRow } from '../status-block/feed-row.ts';
import { ChildNotices } from '../supervisor/child-notices.ts';
import { ConnectorFleet } from '../supervisor/connector-fleet.ts';
import type { ConnectorProcess } from '../supervisor/connector-process.ts';
import { FeedBoard, type FeedProcesses } from '../supervisor/feed-board.ts';
import type { Supervised } from '../supervisor/folder-session.ts';
import { killLeftoverClients, leftoverWorkers } from '../supervisor/leftovers.ts';
import type { ProcessDeps } from '../supervisor/process-deps.ts';
import { SimulatedMarkets } from '../supervisor/simulated-markets.ts';
import type { DrainOutcome } from '../supervisor/supervisor.ts';
import type { WorkerProcess } from '../supervisor/worker-process.ts';
import { LocalPair, type LocalPairOptions } from './local-pair.ts';
import { type PairedShard, type PairStanding, pairStanding, primaryOf } from './pair-standing.ts';
import { PairSteering } from './pair-steering.ts';
import { SIDES, type Side } from './side.ts';
import { Switchovers } from './switchovers.ts';

export interface RegionsSupervisorOptions extends LocalPairOptions {
  /** What ran last in the folder. */
  readonly before: LocalState | undefined;
}

/** Runs two regions and their witness on this machine, and the sources that send to them. */
export class RegionsSupervisor implements Supervised, FeedProcesses {
  readonly #options: RegionsSupervisorOptions;
  readonly #stateFile: LocalStateFile;
  readonly #deps: ProcessDeps;
  readonly #notices: ChildNotices;
  readonly #connectors: ConnectorFleet;
  readonly #board: FeedBoard;
  readonly #ending = new AbortController();
  readonly #switchovers: Switchovers;
  readonly #steering: PairSteering;
  #pair: LocalPair | undefined;
  #observing: Promise<void> = Promise.resolve();
  #wake: (() => void)[] = [];

  constructor(options: RegionsSupervisorOptions, stateFile: LocalStateFile, deps: ProcessDeps) {
    this.#options = options;
    this.#stateFile = stateFile;
    this.#deps = deps;
    this.#notices = new ChildNotices(deps.reporter);
    this.#board = new FeedBoard(options.sources, this);
    this.#connectors = new ConnectorFleet(deps, this.#notices, {
      onProcess: () => this.#saveProcesses(),
      onReport: () => this.#changed(),
    });
    this.#switchovers = new Switchovers({
      shards: () => this.#shards(),
      addresses: (side) => this.#pair?.addresses(side) ?? [],
      clock: deps.clock,
      onChange: () => this.#showSteering(),
    });
    const markets = new SimulatedMarkets(() => this.#connectors.connectors);
    this.#steering = new PairSteering(markets, this.#switchovers);
  }

  /** Undefined until the start has chosen their ports. */
  get pair(): LocalPair | undefined {
    return this.#pair;
  }

  get connectors(): readonly ConnectorProcess[] {
    return this.#connectors.connectors;
  }

  /** How the regions stand, as their workers said last. */
  get standing(): PairStanding {
    return pairStanding(this.#shards());
  }

  shardOf(producer: string): number | undefined {
    const shards = SIDES.map((side) => this.#pair?.regions[side].shardOf(producer));
    return shards.find((shard) => shard !== undefined);
  }

  /** Of the region that is primary; of the first one where none is. */
  workerOf(producer: string): WorkerProcess | undefined {
    const shard = this.shardOf(producer);
    if (shard === undefined) return undefined;
    return this.#workerOf(primaryOf(this.#paired(shard)) ?? SIDES[0], shard);
  }

  connectorOf(producer: string): ConnectorProcess | undefined {
    return this.#connectors.of(producer);
  }

  committedOf(producer: string): number {
    return this.#board.committedOf(producer);
  }

  rows(): FeedRow[] {
    return this.#board.rows();
  }

  async start(signal: AbortSignal): Promise<void> {
    const { dir, sources, before } = this.#options;
    for (const folder of ['logs', 'producers']) {
      await mkdir(path.join(dir, folder), { recursive: true });
    }
    killLeftoverClients(before);
    await this.#awaitFreePorts(signal);
    const options = { ...this.#options, steering: this.#steering };
    const pair = await LocalPair.prepare(options, () => this.#saveProcesses(), this.#deps);
    this.#pair = pair;
    await this.#notices.follow('witness', pair.witness.logFile);
    this.#observing = this.#observe();
    await pair.start(signal);
    const addresses = { locate: pair.addresses('east'), otherLocate: pair.addresses('west') };
    await this.#connectors.start(sources, { dir, ...addresses });
    await this.#connectors.awaitWelcomes(signal);
  }

  changed(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  /** Whether no worker of either region is started again. */
  get hasFailed(): boolean {
    const workers = SIDES.flatMap((side) => this.#pair?.regions[side].workers ?? []);
    return workers.length > 0 && workers.every((worker) => worker.failure !== undefined);
  }

  async drain(): Promise<DrainOutcome> {
    this.#board.stopping();
    await Promise.all([this.#switchovers.stop(), this.#connectors.stop()]);
    const outcome = (await this.#pair?.drain()) ?? { unfinished: [] };
    this.#ending.abort();
    await this.#observing;
    await this.#notices.poll();
    const committed = this.#options.sources.map(({ producer }) => {
      const ends = SIDES.map((side) => this.#pair?.regions[side].committedOf(producer) ?? 0);
      return [producer, Math.max(...ends)] as const;
    });
    this.#board.settle(new Map(committed));
    const sources = this.#board.withFigures(this.#stateFile.state.sources);
    await this.#stateFile.update({ sources });
    return outcome;
  }

  async stopPostgres(): Promise<void> {
    await this.#pair?.stopPostgres();
  }

  kill(): void {
    this.#ending.abort();
    this.#connectors.kill();
    this.#pair?.kill();
  }

  #workerOf(side: Side, shard: number): WorkerProcess | undefined {
    return this.#pair?.regions[side].workers.find((each) => each.shard === shard);
  }

  #shards(): PairedShard[] {
    const { shardCount } = this.#options;
    return Array.from({ length: shardCount }, (_, shard) => this.#paired(shard));
  }

  #paired(shard: number): PairedShard {
    const seen = (side: Side): ShardSnapshot | undefined => {
      const worker = this.#workerOf(side, shard);
      return worker?.isUp === true ? worker.snapshot : undefined;
    };
    return { shard, east: seen('east'), west: seen('west') };
  }

  /**
   * What a killed one has left ends by itself, and gives its ports back. Where that takes long,
   * other ports are taken: the regions wait for their own workers anyway.
   */
  async #awaitFreePorts(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const { dir } = this.#options;
    const states = await Promise.all(SIDES.map((side) => readLocalState(path.join(dir, side))));
    const leftovers = states.flatMap(leftoverWorkers);
    const deadlineMs = clock.monotonicMs() + LIMITS.leftoverPortsMs;
    while (leftovers.some(isRunning) && clock.monotonicMs() < deadlineMs) {
      await sleep(clock, LIMITS.leftoverPollMs, signal);
      signal.throwIfAborted();
    }
  }

  async #observe(): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await this.#notices.poll();
      this.#board.sample(clock.monotonicMs());
      this.#changed();
      await sleep(clock, LIMITS.observeIntervalMs, signal);
    }
  }

  #changed(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Both gateways are told: whichever is asked. */
  #showSteering(): void {
    for (const side of SIDES) {
      const region = this.#pair?.regions[side];
      if (region?.isRunning === true) region.supervisor.showSteering();
    }
  }

  #saveProcesses(): void {
    this.#changed();
    this.#showSteering();
    const sources = this.#connectors.states(this.#options.sources);
    const { pid, address } = this.#pair?.witness ?? {};
    const identity = pid && processIdentity(pid);
    const witness = { ...(address && { address }), ...(identity && { process: identity }) };
    this.#stateFile.update({ sources, witness }).catch((error: unknown) => {
      const { message } = FeedmillError.from(error);
      this.#deps.reporter.warn(`The state file cannot be written: ${message}`);
    });
  }
}
