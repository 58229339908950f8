import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { plural } from '@feedmill/core/number-text';
import { ownValue } from '@feedmill/core/own-value';
import type { Wish } from '@feedmill/gateway/wish/wish-messages';
import { migrate } from '@feedmill/store/migrate/migrate';
import { selectAllProducers } from '@feedmill/store/queries/progress';
import { BindingRollout } from '../binding/binding-rollout.ts';
import { type BindingsRecord, nextBindings, urgentShards } from '../binding/bindings-record.ts';
import { withConnection } from '../folder-database.ts';
import { LIMITS } from '../limits.ts';
import type { LocalState, LocalStateFile } from '../local-state.ts';
import { processIdentity } from '../process-identity.ts';
import { loadReference, type ReferenceFile } from '../reference/load-reference.ts';
import type { FeedRow } from '../status-block/feed-row.ts';
import { newClusterId, writeBindingsRecord } from './bindings-file.ts';
import { ChildNotices } from './child-notices.ts';
import { ConnectorFleet } from './connector-fleet.ts';
import type { ConnectorProcess } from './connector-process.ts';
import type { DeclaredSource } from './declared-source.ts';
import { FeedBoard, type FeedProcesses } from './feed-board.ts';
import type { FolderPorts } from './folder-ports.ts';
import { FrontDoor } from './front-door.ts';
import { awaitLeftovers, killLeftoverClients, leftoverWorkers } from './leftovers.ts';
import { PostgresKeeper } from './postgres-keeper.ts';
import type { ProcessDeps } from './process-deps.ts';
import { SimulatedMarkets } from './simulated-markets.ts';
import type { Steering } from './steering.ts';
import { WorkerFleet } from './worker-fleet.ts';
import type { WorkerProcess } from './worker-process.ts';

export interface SupervisorOptions {
  readonly dir: string;
  readonly sources: readonly DeclaredSource[];
  readonly shardCount: number;
  /** A Postgres that is not ours; undefined starts the embedded one. */
  readonly postgresUrl: string | undefined;
  readonly workerFlags: (shard: number) => readonly string[];
  readonly ports: FolderPorts;
  /** Whether the sources are sent from here; otherwise they only may send. */
  readonly hasConnectors: boolean;
  /** Where the cluster is one with that of another folder; otherwise the folder's own. */
  readonly clusterId?: string;
  /** Loaded before the first worker starts. */
  readonly references: readonly ReferenceFile[];
  /** Whether the API and the console are served. */
  readonly hasGateway: boolean;
  /** Where the reports of drills are kept. */
  readonly drillsDir: string;
  /** Of two regions: which one this is, and what can be changed in both. */
  readonly pair?: { readonly region: string; readonly steering: Steering };
  /** What ran last in the folder. */
  readonly before: LocalState | undefined;
  readonly bindingsBefore: BindingsRecord | undefined;
}

/** How a stop went. */
export interface DrainOutcome {
  /** Shards that did not end in time; what they acknowledged is in their journals. */
  readonly unfinished: readonly number[];
}

/**
 * Runs everything on this machine: Postgres, a worker a shard, a connector a source. It does here
 * what the operator does on Kubernetes, with the same binding code.
 */
export class Supervisor implements FeedProcesses {
  readonly #options: SupervisorOptions;
  readonly #deps: ProcessDeps;
  readonly #stateFile: LocalStateFile;
  readonly #notices: ChildNotices;
  readonly #board: FeedBoard;
  readonly #ending = new AbortController();
  readonly #connectors: ConnectorFleet;
  readonly #steering: Steering;
  #postgres: PostgresKeeper | undefined;
  #fleet: WorkerFleet | undefined;
  #rollout: BindingRollout | undefined;
  /** Bindings go out one after another. */
  #rolling: Promise<void> = Promise.resolve();
  #observing: Promise<void> | undefined;
  #frontDoor: FrontDoor | undefined;
  #opening: Promise<void> | undefined;
  #wake: (() => void)[] = [];
  #sendingSinceMs: number | undefined;
  #isDraining = false;

  constructor(options: SupervisorOptions, stateFile: LocalStateFile, deps: ProcessDeps) {
    this.#options = options;
    this.#stateFile = stateFile;
    this.#deps = deps;
    this.#notices = new ChildNotices(deps.reporter);
    this.#board = new FeedBoard(options.sources, this);
    this.#connectors = new ConnectorFleet(deps, this.#notices, {
      onProcess: () => this.#saveProcesses(),
      onReport: () => this.#changed(),
    });
    this.#steering =
      options.pair?.steering ?? new SimulatedMarkets(() => this.#connectors.connectors);
  }

  get postgresUrl(): string | undefined {
    return this.#options.postgresUrl ?? this.#postgres?.url;
  }

  /** Monotonic time at which the first source was started. */
  get sendingSinceMs(): number | undefined {
    return this.#sendingSinceMs;
  }

  get isPostgresEmbedded(): boolean {
    return this.#options.postgresUrl === undefined;
  }

  get workers(): readonly WorkerProcess[] {
    return this.#fleet?.workers ?? [];
  }

  /** The API and the console; undefined where there is none, or not yet. */
  get frontDoor(): FrontDoor | undefined {
    return this.#frontDoor;
  }

  get connectors(): readonly ConnectorProcess[] {
    return this.#connectors.connectors;
  }

  shardOf(producer: string): number | undefined {
    return this.#rollout && ownValue(this.#rollout.record.shardOf, producer);
  }

  workerOf(producer: string): WorkerProcess | undefined {
    return this.#fleet?.of(this.shardOf(producer));
  }

  connectorOf(producer: string): ConnectorProcess | undefined {
    return this.#connectors.of(producer);
  }

  /**
   * Resolves once every source is being sent.
   *
   * @throws FeedmillError as the parts do, or the signal's reason; `drain` then stops what runs
   */
  async start(signal: AbortSignal): Promise<void> {
    const { dir, sources, shardCount, before, bindingsBefore } = this.#options;
    const { reporter } = this.#deps;
    for (const folder of ['logs', 'producers'])
      await mkdir(path.join(dir, folder), { recursive: true });
    const postgresUrl = await this.#startPostgres();
    signal.throwIfAborted();
    await Promise.all([
      migrate(postgresUrl, { info: () => undefined, warn: (text) => reporter.warn(text) }),
      // They drain into the Postgres that has just come back.
      this.#awaitLeftovers(before, signal),
    ]);
    await this.#loadReferences(postgresUrl);
    const clusterId = this.#options.clusterId ?? bindingsBefore?.clusterId ?? newClusterId();
    const producers = sources.map(({ producer }) => producer);
    const record = nextBindings(bindingsBefore, clusterId, producers, shardCount);
    const urgent = urgentShards(bindingsBefore, record);
    const fleet = this.#makeFleet(postgresUrl, clusterId);
    const write = (saved: BindingsRecord) => writeBindingsRecord(dir, saved);
    this.#rollout = new BindingRollout(write, record, fleet, this.#deps);
    // The identity is on disk before the first worker writes it onto its volume.
    await this.#rollout.save();
    this.#observing = this.#observe();
    await fleet.start(urgent, signal);
    await this.#roll((rollout) => rollout.apply(signal));
    if (this.#options.hasConnectors) await this.#startConnectors();
    await this.#retire(record.shards.filter((shard) => shard >= shardCount));
    await this.#connectors.awaitWelcomes(signal);
    // The sources shall not share the machine with workers that have nothing to do yet.
    const idle = record.shards.filter((shard) => shard < shardCount && !urgent.includes(shard));
    if (idle.length > 0) {
      await fleet.start(idle, signal);
      await this.#roll((rollout) => rollout.refresh(signal));
    }
    if (this.#options.hasGateway) this.#opening = this.#openFrontDoor(postgresUrl);
  }

  /** Resolves when something may have changed: a report, an end, a new state of a worker. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  /** The first child that is beyond help. */
  get failure(): FeedmillError | undefined {
    const failed = [...this.workers, ...this.connectors].find((each) => each.failure);
    return failed?.failure;
  }

  committedOf(producer: string): number {
    return this.#board.committedOf(producer);
  }

  rows(): FeedRow[] {
    return this.#board.rows();
  }

  /** Asks every worker once more; those that do not answer keep what they said last. */
  async refresh(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.observe().catch(() => undefined)));
  }

  /** Stops the sources first, then the workers, which commit everything that they acknowledged. */
  async drain(): Promise<DrainOutcome> {
    this.#board.stopping();
    this.#isDraining = true;
    await Promise.all([this.#frontDoor?.close(), this.#connectors.stop()]);
    await this.#opening;
    await this.refresh();
    const shards = this.workers.map(({ shard }) => shard);
    const unfinished = (await this.#fleet?.stop(shards)) ?? [];
    this.#ending.abort();
    await this.#observing;
    await this.#notices.poll();
    await this.#readFinal();
    const sources = this.#board.withFigures(this.#stateFile.state.sources);
    await this.#stateFile.update({ sources });
    return { unfinished };
  }

  /** After `drain`, and after whatever still reads the tables. */
  async stopPostgres(): Promise<void> {
    await this.#postgres?.stop();
  }

  /** Ends everything at once. Nothing acknowledged is lost: the next start goes on. */
  kill(): void {
    this.#ending.abort();
    this.#frontDoor?.kill();
    this.#connectors.kill();
    for (const { process } of this.workers) process.kill();
  }

  /** Once the first rows are in, which come first. What it cannot do stops nothing else. */
  async #openFrontDoor(postgresUrl: string): Promise<void> {
    const { clock, reporter } = this.#deps;
    const { signal } = this.#ending;
    const deadlineMs = clock.monotonicMs() + LIMITS.gatewayDelayMs;
    const hasRows = (): boolean => this.rows().some(({ committed }) => committed > 0);
    while (!hasRows() && clock.monotonicMs() < deadlineMs && !signal.aborted) {
      await sleep(clock, LIMITS.readyPollMs, signal);
    }
    if (signal.aborted || this.#isDraining) return;
    const { dir, ports, drillsDir, pair } = this.#options;
    const options = { dir, postgresUrl, ports, drillsDir, region: pair?.region };
    this.#frontDoor = new FrontDoor(options, this.#deps, {
      onProcess: () => this.#saveProcesses(),
      onWish: (wish) => void this.#carryOut(wish),
    });
    this.#frontDoor.tell(this.workers);
    this.showSteering();
    try {
      await this.#frontDoor.open(this.#notices);
    } catch (error) {
      reporter.warn(`There is no API and no console: ${FeedmillError.from(error).message}`);
    }
  }

  /** Tells the gateway how things are that can be changed by way of it. */
  showSteering(): void {
    this.#frontDoor?.show(this.#steering.orders());
  }

  /** A change that was asked for at the API. */
  async #carryOut(wish: Wish): Promise<void> {
    const refusal = await this.#steering.carryOut(wish);
    this.showSteering();
    this.#frontDoor?.answer({
      type: 'outcome',
      wish: wish.wish,
      ...(refusal !== undefined && { refusal }),
    });
  }

  /** Ends Postgres at once, as a loss of power would. */
  async killPostgres(): Promise<void> {
    await this.#postgres?.kill();
  }

  /** Ends Postgres at once; it is started again. */
  crashPostgres(): void {
    this.#postgres?.crash();
  }

  async #startPostgres(): Promise<string> {
    const { dir, postgresUrl } = this.#options;
    if (postgresUrl === undefined) {
      this.#postgres = await PostgresKeeper.start(dir, this.#deps, this.#log());
    }
    const url = this.postgresUrl as string;
    await this.#stateFile.update({ postgres: { url, embedded: postgresUrl === undefined } });
    return url;
  }

  async #awaitLeftovers(before: LocalState | undefined, signal: AbortSignal): Promise<void> {
    killLeftoverClients(before);
    const leftovers = leftoverWorkers(before);
    if (leftovers.length === 0) return;
    const count = plural(leftovers.length, 'worker');
    this.#deps.reporter.note(`Waiting for ${count} of a killed Feedmill to commit the rest.`);
    await awaitLeftovers(leftovers, this.#deps.clock, signal);
  }

  async #loadReferences(postgresUrl: string): Promise<void> {
    const { clock, reporter } = this.#deps;
    for (const file of this.#options.references) {
      await withConnection(postgresUrl, 'load', async (database) => {
        const { version, rows } = await loadReference(database, file, clock.wallNanos());
        reporter.note(`The ${file.kind} are at version ${version}, ${plural(rows, 'row')}.`);
      });
    }
  }

  #makeFleet(postgresUrl: string, clusterId: string): WorkerFleet {
    const { dir, workerFlags: flags, ports } = this.#options;
    const options = { dir, postgresUrl, clusterId, flags, ports };
    this.#fleet = new WorkerFleet(options, this.#deps, this.#notices, {
      onProcess: () => this.#saveProcesses(),
      onMoved: () => this.#onMoved(),
    });
    return this.#fleet;
  }

  /** Shards that are not wanted any more: their workers have released everybody. */
  async #retire(shards: readonly number[]): Promise<void> {
    if (shards.length === 0) return;
    const late = (await this.#fleet?.stop(shards)) ?? [];
    this.#fleet?.forget(shards);
    const drained = shards.filter((shard) => !late.includes(shard));
    await this.#roll((rollout) => rollout.retire(drained));
  }

  async #startConnectors(): Promise<void> {
    const { dir, sources } = this.#options;
    this.#sendingSinceMs = this.#deps.clock.monotonicMs();
    const locate = this.workers
      .map(({ ready }) => ready?.grpcAddress)
      .filter((address) => address !== undefined);
    await this.#connectors.start(sources, { dir, locate });
  }

  async #observe(): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await this.refresh();
      await this.#notices.poll();
      this.#board.sample(clock.monotonicMs());
      this.#changed();
      await sleep(clock, LIMITS.observeIntervalMs, signal);
    }
  }

  /** A worker came back at another address: everyone has to know. */
  #onMoved(): void {
    const { signal } = this.#ending;
    this.#roll((rollout) => rollout.refresh(signal)).catch((error: unknown) => {
      if (!signal.aborted) this.#deps.reporter.warn(FeedmillError.from(error).message);
    });
  }

  #roll(step: (rollout: BindingRollout) => Promise<void>): Promise<void> {
    const rollout = this.#rollout;
    if (rollout === undefined) return Promise.resolve();
    const mine = this.#rolling.then(() => step(rollout));
    this.#rolling = mine.catch(() => undefined);
    return mine;
  }

  #changed(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  #saveProcesses(): void {
    this.#changed();
    this.#frontDoor?.tell(this.workers);
    this.showSteering();
    const identityOf = (pid: number | undefined) => pid && processIdentity(pid);
    const workers = this.workers.map(({ shard, process, ready }) => {
      const identity = identityOf(process.pid);
      return {
        shard,
        ...(identity && { process: identity }),
        ...(ready && { grpcAddress: ready.grpcAddress, httpAddress: ready.httpAddress }),
      };
    });
    const sources = this.#connectors.states(this.#options.sources);
    const { url, pid } = this.#frontDoor ?? {};
    const identity = identityOf(pid);
    const gateway = { ...(url && { url }), ...(identity && { process: identity }) };
    this.#stateFile.update({ workers, sources, gateway }).catch((error: unknown) => {
      this.#deps.reporter.warn(
        `The state file cannot be written: ${FeedmillError.from(error).message}`,
      );
    });
  }

  /** Only Postgres knows what the workers have committed since they were asked last. */
  async #readFinal(): Promise<void> {
    const url = this.postgresUrl;
    // Without a worker that ever was ready, nothing there is of this run, or even of this folder.
    if (url === undefined || this.workers.every(({ ready }) => ready === undefined)) return;
    try {
      const records = await withConnection(url, 'status', selectAllProducers);
      this.#board.settle(new Map(records.map(({ name, lastSequence }) => [name, lastSequence])));
    } catch {
      // Postgres is away: what the workers said last has to do.
    }
  }

  #log() {
    const { reporter } = this.#deps;
    return {
      info: (message: string) => reporter.note(message),
      warn: (message: string) => reporter.warn(message),
    };
  }
}
