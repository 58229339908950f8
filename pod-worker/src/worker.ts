import { create } from '@bufbuild/protobuf';
import { asEpoch, asPosition, type Position } from '@feedmill/core/brand';
import { sleep, type Timer } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { HttpServer, Readiness } from '@feedmill/core/probes';
import {
  type GetStateResponse,
  GetStateResponseSchema,
  type HandOverRequest,
  type HandOverResponse,
  HandOverResponseSchema,
  ProducerStateSchema,
  type SetBindingsRequest,
  SetBindingsResponseSchema,
  WorkerLevel,
} from '@feedmill/proto/feedmill/v1/control_pb';
import { type LocateResponse, LocateResponseSchema } from '@feedmill/proto/feedmill/v1/ingest_pb';
import type { ShardSession } from '@feedmill/store/shard-session/shard-session';
import { status } from '@grpc/grpc-js';
import { Adopter } from './adopter.ts';
import { AlertCourier } from './alert/alert-courier.ts';
import type { Checkpoint, CheckpointFile } from './checkpoint/checkpoint-file.ts';
import { BindingsFile } from './control/bindings-file.ts';
import type { HolderGuard } from './holder-guard.ts';
import { IngestHost } from './ingest/ingest-host.ts';
import type { ProducerDirectory } from './ingest/producer-directory.ts';
import type { Journal } from './journal/journal.ts';
import { DerivedHub } from './live/derived-hub.ts';
import { LatestDesk } from './live/latest-desk.ts';
import { LiveHub } from './live/live-hub.ts';
import type { WorkerMetrics } from './observe/worker-metrics.ts';
import type { OpenedShard } from './open-shard.ts';
import { lastSequenceOfState } from './process/producer-processor.ts';
import type { ShardProcessor } from './process/shard-processor.ts';
import { ReferenceFeeder } from './reference-feeder.ts';
import type { ReplicaCall, ReplicaStream } from './region/region-links.ts';
import { regionRefusals } from './region/region-refusals.ts';
import { WorkerRegion } from './region/worker-region.ts';
import { CommitLoop } from './sink/commit-loop.ts';
import { TimeKeeper } from './time-keeper.ts';
import type { WorkerDeps } from './worker-deps.ts';
import { CallRefused, type WorkerServer } from './worker-doors.ts';
import { FullnessGauge, LEVEL_NAMES, workerLevel } from './worker-level.ts';

const GAUGES_INTERVAL_MS = 250;

/** One shard: receives, journals, processes and commits, until it is stopped or fenced. */
export class Worker {
  readonly #deps: WorkerDeps;
  readonly #session: ShardSession;
  readonly #journal: Journal;
  readonly #directory: ProducerDirectory;
  readonly #metrics: WorkerMetrics;
  readonly #processor: ShardProcessor;
  readonly #loop: CommitLoop;
  readonly #ingest: IngestHost;
  readonly #adopter: Adopter;
  readonly #references: ReferenceFeeder;
  readonly #timeKeeper: TimeKeeper;
  readonly #courier: AlertCourier | undefined;
  readonly #live: LiveHub;
  readonly #derived: DerivedHub;
  readonly #latest: LatestDesk;
  /** Undefined where the shard lives in one region. */
  readonly #region: WorkerRegion | undefined;
  readonly #guard: HolderGuard;
  readonly #bindingsFile: BindingsFile;
  readonly #checkpointFile: CheckpointFile;
  readonly #fullness: FullnessGauge;
  readonly #drained = Promise.withResolvers<void>();
  #server: WorkerServer | undefined;
  #http: HttpServer | undefined;
  #gauges: Timer | undefined;
  #level: WorkerLevel = WorkerLevel.UNSPECIFIED;
  #stopping = false;
  #isSettingBindings = false;
  #checkpointing: Promise<void> = Promise.resolve();

  constructor(deps: WorkerDeps, parts: OpenedShard) {
    const { config, clock, limits, log } = deps;
    this.#deps = deps;
    this.#session = parts.session;
    this.#journal = parts.journal;
    this.#directory = parts.directory;
    this.#metrics = deps.metrics;
    this.#processor = parts.processor;
    this.#bindingsFile = new BindingsFile(deps.disk, config.dir);
    this.#checkpointFile = parts.checkpointFile;
    this.#fullness = new FullnessGauge(deps.journalBytesMax, limits);
    this.#loop = new CommitLoop({
      clock,
      cursor: parts.journal.cursor(parts.processor.position, () => this.#released()),
      processor: parts.processor,
      committed: parts.committed,
      session: parts.session,
      metrics: deps.metrics,
      traces: deps.traces,
      wake: parts.wake,
      checkpointIntervalMs: config.checkpointIntervalMs,
      limits,
      yieldTurn: deps.yieldTurn,
      onCommitted: (batch) => {
        this.#ingest.onCommitted(batch.producers());
        this.#derived.onCommitted(batch);
        const hasAlerts = batch.signals.some(({ alert }) => alert !== undefined);
        this.#courier?.onCommitted(hasAlerts, batch.alertOutcomes);
      },
      onCheckpoint: (checkpoint) => this.#keepCheckpoint(checkpoint),
      log,
    });
    this.#ingest = new IngestHost(parts.session.epoch, {
      shard: config.shard,
      clock,
      journal: parts.journal,
      directory: parts.directory,
      metrics: deps.metrics,
      traces: deps.traces,
      batchBytesMax: config.batchBytesMax,
      limits,
      isSinkMoving: () => this.#loop.isMoving,
      isFull: () => this.#isFull(),
    });
    const nameOf = (producerId: bigint): string => parts.directory.slot(producerId)?.name ?? '';
    this.#live = new LiveHub({
      journal: parts.journal,
      newest: parts.regionFile === undefined ? parts.journal.durablePosition : parts.committed,
      nameOf,
      limits,
    });
    this.#derived = new DerivedHub({
      committedPosition: () => this.#loop.committedPosition,
      nameOf,
      limits,
    });
    this.#latest = new LatestDesk({
      processor: parts.processor,
      acknowledgedPosition: () => parts.journal.durablePosition,
      nameOf,
      limits,
    });
    parts.durable.listener = (written) => {
      deps.metrics.groupEntries.observe(written.length);
      if (this.#region !== undefined) {
        this.#region.onDurable(written);
        return;
      }
      this.#ingest.onDurable(written);
      this.#live.onAcknowledged(written);
      parts.wake.raise();
    };
    this.#guard = parts.guard;
    this.#guard.isCutOff = () => this.#loop.breakerOpen;
    this.#adopter = new Adopter(parts.session.epoch, {
      clock,
      journal: parts.journal,
      directory: parts.directory,
      releases: parts.releases,
      committed: () => this.#loop.committedPosition,
      readPast: (producerId) => deps.store.readPast(producerId),
      lastSequenceOf: lastSequenceOfState,
      log,
    });
    this.#references = new ReferenceFeeder(parts.session.epoch, {
      clock,
      journal: parts.journal,
      readNewer: (known) => deps.store.readReferences(known),
      known: parts.referenceVersions,
      intervalMs: limits.referencePollMs,
      log,
    });
    if (deps.webhook !== undefined) {
      this.#courier = new AlertCourier({
        clock,
        epoch: () => asEpoch(this.epoch),
        isActive: () => this.#region?.isOpen !== false,
        journal: parts.journal,
        readPending: (underWay, limit) => deps.store.readPendingAlerts(underWay, limit),
        webhook: deps.webhook,
        limits,
        log,
      });
    }
    this.#timeKeeper = new TimeKeeper({
      clock,
      epoch: () => asEpoch(this.epoch),
      journal: parts.journal,
      settledPosition: () => this.#settledPosition(),
      isWaiting: () => parts.processor.quotes.board.isWaiting,
      intervalMs: limits.idleTickMs,
    });
    if (parts.regionFile === undefined) return;
    this.#adopter.isActive = false;
    this.#references.isActive = false;
    this.#region = new WorkerRegion(deps, parts, {
      ingest: this.#ingest,
      adopter: this.#adopter,
      references: this.#references,
      live: this.#live,
      courier: this.#courier,
    });
  }

  /** Epoch of the entries written here; a follower's is that of its primary. */
  get epoch(): number {
    return this.#region?.epoch ?? this.#session.epoch;
  }

  get grpcAddress(): string {
    return this.#server?.address ?? '';
  }

  get httpAddress(): string {
    return this.#http?.address ?? '';
  }

  /** Resolves when Drain was called over the network and is done. */
  get drained(): Promise<void> {
    return this.#drained.promise;
  }

  /** Opens the doors: bindings, gRPC, HTTP. */
  async serve(): Promise<void> {
    const { config, clock, doors, limits } = this.#deps;
    // The first event already is resolved by what was loaded.
    await this.#references.begin();
    this.#applyBindings(await this.#bindingsFile.load());
    this.#http = await doors.openHttp(config.http, this.#metrics.registry, () => this.readiness());
    this.#server = await doors.openGrpc(config.listen, {
      publishHost: this.#ingest,
      batchBytesMax: config.batchBytesMax,
      streamsMax: limits.streamsMax,
      subscribe: (request, call) => this.#live.subscribe(request, call),
      subscribeDerived: (_request, call) => this.#derived.subscribe(call),
      latest: (request) => this.#latest.answer(request),
      locate: (request) => this.#locate(request.producer),
      setBindings: (request) => this.#setBindings(request),
      getState: () => this.#state(),
      drain: async () => {
        await this.stop();
        this.#drained.resolve();
        return { $typeName: 'feedmill.v1.DrainResponse', committedPosition: this.#committed() };
      },
      handOver: (request) => this.#handOver(request),
      replicate: (call) => this.#replicate(call),
    });
    this.#region?.start();
    this.#server.setServing(true);
    this.#timeKeeper.begin();
    this.#courier?.begin();
    const tick = (): void => {
      this.#updateGauges();
      this.#gauges = clock.schedule(GAUGES_INTERVAL_MS, tick);
    };
    tick();
  }

  /**
   * Processes and commits until stopped.
   *
   * @throws FeedmillError FENCED and others that the process cannot survive
   */
  async run(): Promise<void> {
    await this.#loop.run();
  }

  /** Stops accepting, commits everything acknowledged, and lets `run` end. */
  async stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#server?.setServing(false);
      this.#ingest.stopAccepting();
      this.#live.end();
      this.#derived.end();
      this.#timeKeeper.stop();
      await this.#courier?.stop();
      await this.#references.stop();
      await this.#adopter.stop();
      await this.#journal.drain();
      await this.#awaitRegion();
      this.#loop.stop();
    }
    while (this.#processor.position > this.#loop.committedPosition || this.#isBehind()) {
      await this.#deps.yieldTurn();
      await new Promise<void>((resolve) => this.#deps.clock.schedule(5, resolve));
    }
  }

  /** What only this region holds is given some time to get to the other one. */
  async #awaitRegion(): Promise<void> {
    const { clock, limits } = this.#deps;
    const deadlineMs = clock.monotonicMs() + limits.regionDrainMs;
    while (this.#region?.isWaiting === true && clock.monotonicMs() < deadlineMs) {
      await sleep(clock, limits.regionTickMs);
    }
    await this.#region?.stop();
  }

  /** Closes everything after `run` has ended. */
  async close(): Promise<void> {
    if (this.#gauges !== undefined) this.#deps.clock.cancel(this.#gauges);
    await this.#checkpointing;
    await this.#server?.close();
    await this.#http?.close();
    await this.#journal.close();
    await this.#session.close();
    await this.#deps.store.close();
  }

  readiness(): Readiness {
    if (this.#stopping) return { ready: false, why: 'The worker is stopping.' };
    // A follower gets its producers with the journal.
    if (this.#region?.isPrimary === false) return { ready: true };
    if (this.#directory.unadopted().length > 0) {
      const names = this.#directory.unadopted().join(', ');
      return { ready: false, why: `Producers that are not taken over yet: ${names}.` };
    }
    return { ready: true };
  }

  #isBehind(): boolean {
    return this.#released() > this.#loop.committedPosition;
  }

  /** Through here entries may be processed. A volume may lack what Postgres has of it already. */
  #released(): Position {
    const { durablePosition } = this.#journal;
    return asPosition(Math.min(this.#region?.released ?? durablePosition, durablePosition));
  }

  #settledPosition(): Position | undefined {
    if (this.#region?.isOpen === false) return undefined;
    const { durablePosition } = this.#journal;
    return this.#processor.position === durablePosition ? durablePosition : undefined;
  }

  #committed(): bigint {
    return BigInt(this.#loop.committedPosition);
  }

  #isFull(): boolean {
    return this.#fullness.update(this.#journal.occupiedBytes, this.#journal.waitingForSpace);
  }

  #locate(producer: string): LocateResponse {
    const binding = this.#directory.binding(producer);
    if (binding === undefined || binding.moving) {
      throw new CallRefused(this.#directory.refusal(producer));
    }
    return create(LocateResponseSchema, {
      shard: binding.shard,
      address: binding.address,
      generation: this.#directory.generation,
    });
  }

  async #handOver(request: HandOverRequest): Promise<HandOverResponse> {
    const code = status.FAILED_PRECONDITION;
    if (this.#region === undefined) throw new CallRefused(regionRefusals.oneRegion());
    try {
      const { epoch, primary } = await this.#region.handOver(request);
      return create(HandOverResponseSchema, { epoch, primary });
    } catch (error) {
      throw new CallRefused({ code, details: FeedmillError.from(error).message });
    }
  }

  #replicate(call: ReplicaCall): ReplicaStream | undefined {
    if (this.#region !== undefined) return this.#region.accept(call);
    call.refuse(regionRefusals.oneRegion());
    return undefined;
  }

  async #setBindings(request: SetBindingsRequest) {
    const known = this.#directory.generation;
    if (request.generation < known) {
      throw new CallRefused({
        code: status.FAILED_PRECONDITION,
        details: `Generation ${request.generation} is older than ${known}, which is in force.`,
      });
    }
    // Two at once would write the same file; whoever asks comes again.
    if (this.#isSettingBindings) throw unavailable('Other bindings are being stored; try again.');
    this.#isSettingBindings = true;
    try {
      await this.#bindingsFile.save(request);
    } catch (error) {
      const { message } = FeedmillError.from(error);
      throw unavailable(`The bindings cannot be stored (${message}); try again.`);
    } finally {
      this.#isSettingBindings = false;
    }
    this.#applyBindings(request);
    return create(SetBindingsResponseSchema, { generation: request.generation });
  }

  #applyBindings(request: SetBindingsRequest): void {
    this.#directory.setBindings(request.generation, request.bindings);
    this.#processor.setGeneration(Number(request.generation));
    // Without a generation nobody has spoken yet: what the journal knows stays.
    if (request.generation === 0n) return;
    for (const slot of this.#directory.departing()) {
      this.#ingest.endStream(slot, this.#directory.refusal(slot.name));
    }
    this.#adopter.reconcile();
  }

  #state(): GetStateResponse {
    return create(GetStateResponseSchema, {
      shard: this.#deps.config.shard,
      epoch: this.epoch,
      generation: this.#directory.generation,
      level: this.#level,
      durablePosition: BigInt(this.#journal.durablePosition),
      committedPosition: this.#committed(),
      journalBytes: BigInt(this.#journal.occupiedBytes),
      sinkLagMs: Math.round(this.#loop.lagMs),
      producers: [
        ...[...this.#directory.slots()].map((slot) =>
          create(ProducerStateSchema, {
            producer: slot.name,
            bound: slot.bound,
            connected: slot.stream !== undefined,
            receivedThrough: BigInt(slot.receivedThrough),
            durableThrough: BigInt(slot.durableThrough),
            committedThrough: BigInt(slot.committedThrough),
            duplicateEvents: BigInt(slot.duplicateEvents),
            gaps: BigInt(slot.gaps),
            deadLetters: BigInt(slot.deadLetters),
          }),
        ),
        ...this.#adopter.claimed().map((producer) => create(ProducerStateSchema, { producer })),
      ],
      ...(this.#region && { region: this.#region.state() }),
    });
  }

  #keepCheckpoint(checkpoint: Checkpoint): void {
    this.#checkpointing = this.#checkpointing
      .then(async () => {
        await this.#deps.store.saveCheckpoint(this.#session.epoch, checkpoint);
        const fault = await this.#checkpointFile.saveOrDiscard(checkpoint);
        if (fault !== undefined) {
          const text = 'The checkpoint cannot be written to the volume.';
          this.#deps.log.warn({ error: fault }, text);
        }
        // On a full volume only this makes room.
        const { position } = checkpoint;
        await this.#journal.trim(this.#region?.trimLimit(position) ?? position);
        this.#metrics.checkpointPosition.set(checkpoint.position);
      })
      .catch((error: unknown) => {
        const { message } = FeedmillError.from(error);
        this.#deps.log.warn({ error: message }, 'The journal cannot be trimmed; later again.');
        // A full journal waits for a checkpoint, and lets no event in that would bring another.
        this.#loop.forgetCheckpoint();
      });
  }

  #updateGauges(): void {
    const metrics = this.#metrics;
    void this.#guard.doubt();
    this.#ingest.resumePaused();
    this.#live.tellPositions();
    metrics.subscribers.set({ stream: 'events' }, this.#live.subscriberCount);
    metrics.subscribers.set({ stream: 'derived' }, this.#derived.subscriberCount);
    metrics.epoch.set(this.epoch);
    if (this.#region !== undefined) metrics.region.note(this.#region.state());
    metrics.journalBytes.set(this.#journal.occupiedBytes);
    metrics.journalBytesMax.set(this.#deps.journalBytesMax);
    metrics.journalPosition.set({ stage: 'durable' }, this.#journal.durablePosition);
    metrics.journalPosition.set({ stage: 'committed' }, this.#loop.committedPosition);
    metrics.sinkLagSeconds.set(this.#loop.lagMs / 1000);
    let connected = 0;
    for (const slot of this.#directory.slots()) {
      if (slot.stream !== undefined) connected += 1;
      metrics.receivedSequence.set({ producer: slot.name }, slot.receivedThrough);
      metrics.durableSequence.set({ producer: slot.name }, slot.durableThrough);
      metrics.committedSequence.set({ producer: slot.name }, slot.committedThrough);
    }
    metrics.connectedProducers.set(connected);
    const isFull = this.#isFull();
    // Segments are given up at a checkpoint, and while nothing is let in none would be due.
    if (isFull) this.#loop.requestCheckpoint();
    const { lagMs: sinkLagMs, breakerOpen } = this.#loop;
    const level = workerLevel({ sinkLagMs, breakerOpen, isFull }, this.#deps.limits);
    if (level !== this.#level) {
      this.#deps.log.info({ from: LEVEL_NAMES[this.#level], to: LEVEL_NAMES[level] }, 'Level.');
      this.#level = level;
    }
    for (const [value, name] of Object.entries(LEVEL_NAMES)) {
      if (Number(value) > 0) metrics.level.set({ level: name }, Number(value) === level ? 1 : 0);
    }
  }
}

const unavailable = (details: string): CallRefused =>
  new CallRefused({ code: status.UNAVAILABLE, details });
