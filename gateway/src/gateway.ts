import type { AddressInfo } from 'node:net';
import type { Clock } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { Readiness } from '@feedmill/core/probes';
import type { Random } from '@feedmill/core/random';
import { selectApiKeys } from '@feedmill/store/queries/api-keys';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { AccessControl } from './access/access-control.ts';
import type { Audit } from './access/audit.ts';
import { KeyRing } from './access/key-ring.ts';
import type { OidcTokens } from './access/oidc-tokens.ts';
import { RateLimiter } from './access/rate-limiter.ts';
import type { Services } from './api/endpoint.ts';
import { ENDPOINTS } from './api/endpoints.ts';
import { withDescription } from './api/open-api-endpoint.ts';
import { stateItems } from './api/state-items.ts';
import type { GatewayConfig } from './config.ts';
import type { GatewayLimits } from './limits.ts';
import { LIVE_LIMITS } from './live/limits.ts';
import { LiveHub } from './live/live-hub.ts';
import type { ShardSource } from './live/shard-source.ts';
import { AlertBoard } from './observe/alert-board.ts';
import { DrillBoard, type ReadNewest } from './observe/drill-board.ts';
import { FeedFacts } from './observe/feed-facts.ts';
import { Fleet, type WorkerAddress, type WorkerControl } from './observe/fleet.ts';
import type { GatewayMetrics } from './observe/gateway-metrics.ts';
import { LoopLag } from './observe/loop-lag.ts';
import { isPattern, workersOf } from './observe/worker-list.ts';
import { Admission, WORK_CLASSES, type WorkClass } from './query/admission.ts';
import { CircuitBreaker } from './query/circuit-breaker.ts';
import { Database } from './query/database.ts';
import { InstrumentNames } from './query/instrument-names.ts';
import { StrongReads } from './query/strong-reads.ts';
import { REPLAY_LIMITS } from './replay/limits.ts';
import { ReplayDesk } from './replay/replay-desk.ts';
import { ConsoleFiles, type ReadFolder } from './server/console-files.ts';
import { addConsoleRoutes } from './server/console-routes.ts';
import { addHealthRoutes } from './server/health-routes.ts';
import { type GatewayLog, makeServer } from './server/server.ts';
import { addWebSockets } from './server/web-sockets.ts';
import { SimulationDesk } from './simulation/simulation-desk.ts';
import type { Simulation } from './simulation/simulation-messages.ts';
import { SwitchoverDesk } from './switchover/switchover-desk.ts';
import type { Switchover } from './switchover/switchover-messages.ts';
import type { Outcome, Wish } from './wish/wish-messages.ts';
import { Wishes } from './wish/wishes.ts';

export interface GatewayDeps {
  readonly config: GatewayConfig;
  readonly limits: GatewayLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: GatewayLog;
  readonly metrics: GatewayMetrics;
  /** Sessions that can only read. */
  readonly readers: pg.Pool;
  /** Sessions that may read the keys. */
  readonly owners: pg.Pool;
  readonly connectWorker: (address: string) => WorkerControl;
  /** Opens what a worker shows of its shard. */
  readonly connectShard: (address: string) => ShardSource;
  readonly tokens: OidcTokens | undefined;
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly readFolder: ReadFolder;
  readonly readNewest: ReadNewest;
  /** To the supervisor that has started this gateway, where there is one. */
  readonly sendWish: ((wish: Wish) => void) | undefined;
  readonly audit: Audit;
}

/** Answers questions about what Postgres holds and how the feeds are, over HTTP. */
export class Gateway {
  readonly #deps: GatewayDeps;
  readonly #fleet: Fleet;
  readonly #lag: LoopLag;
  readonly #breaker: CircuitBreaker;
  readonly #admission: Admission;
  readonly #wishes: Wishes;
  readonly #services: Services;
  readonly #console: ConsoleFiles;
  readonly #app: FastifyInstance;

  constructor(deps: GatewayDeps) {
    const { config, limits, clock, metrics, log, connectWorker } = deps;
    this.#deps = deps;
    const { observeIntervalMs: intervalMs, rateSamplesMax } = limits;
    this.#fleet = new Fleet({ clock, connect: connectWorker, intervalMs, rateSamplesMax });
    this.#lag = new LoopLag(clock, limits.loopLagSampleMs);
    this.#breaker = this.#makeBreaker();
    this.#admission = this.#makeAdmission();
    this.#wishes = new Wishes({
      send: deps.sendWish,
      clock,
      waitMs: limits.wishWaitMs,
      wishesMax: limits.wishesMax,
    });
    this.#services = this.#makeServices();
    this.#console = new ConsoleFiles(deps.readFolder, limits.consoleBytesMax);
    const access = this.#makeAccess();
    this.#app = makeServer({
      endpoints: withDescription(ENDPOINTS),
      services: this.#services,
      access,
      limits,
      metrics,
      clock,
      log,
      tls: deps.tls,
      trustProxy: config.trustProxy,
      corsOrigins: config.corsOrigins,
      audit: deps.audit,
    });
    addWebSockets(this.#app, {
      access,
      services: this.#services,
      clock,
      bodyBytesMax: limits.bodyBytesMax,
    });
    addHealthRoutes(this.#app, () => this.readiness());
    addConsoleRoutes(this.#app, this.#console);
    this.#fleet.onRound(() => this.#onRound());
  }

  readiness(): Readiness {
    if (this.#breaker.state === 'closed') return { ready: true };
    return { ready: false, why: 'Postgres does not answer.' };
  }

  /** @returns the host:port that it listens on */
  async listen(): Promise<string> {
    const { listen } = this.#deps.config;
    const separator = listen.lastIndexOf(':');
    const host = listen.slice(0, separator).replace(/^\[(.*)\]$/, '$1');
    try {
      await this.#app.listen({ host, port: Number(listen.slice(separator + 1)) });
    } catch (error) {
      const { message } = FeedmillError.from(error);
      throw new FeedmillError('CONFIG_INVALID', `${listen} cannot be listened on: ${message}`, {
        cause: error,
      });
    }
    const { port } = this.#app.server.address() as AddressInfo;
    return `${listen.slice(0, separator)}:${port}`;
  }

  /** Follows these workers from now on. */
  follow(workers: readonly WorkerAddress[]): void {
    this.#fleet.follow(workers);
    this.#services.live.follow(workers);
  }

  /** The supervisor's simulated markets are like this from now on. */
  showSimulations(simulations: readonly Simulation[]): void {
    this.#services.simulations.show(simulations);
  }

  /** The supervisor's two regions have had these switchovers. */
  showSwitchovers(switchovers: readonly Switchover[]): void {
    this.#services.switchovers.show(switchovers);
  }

  /** The supervisor says what became of a wish. */
  settle(outcome: Outcome): void {
    this.#wishes.settle(outcome);
  }

  /** Serves the console of this folder from now on. */
  async showConsole(folder: string): Promise<void> {
    await this.#console.load(folder);
  }

  /** Observes until the signal aborts, then ends what is under way. */
  async run(signal: AbortSignal): Promise<void> {
    const { workers } = this.#deps.config;
    if (!isPattern(workers)) this.follow(workersOf(workers, []));
    const { live, replays } = this.#services;
    await Promise.all([this.#fleet.run(signal), this.#lag.run(signal), live.run(signal)]);
    replays.stop();
    await this.#app.close();
    await Promise.all([this.#deps.readers.end(), this.#deps.owners.end()]);
  }

  #onRound(): void {
    const { metrics, config } = this.#deps;
    this.#services.alerts.look();
    void this.#tellStates();
    metrics.loopLagSeconds.set(this.#lag.lagMs / 1000);
    metrics.workersUp.set(this.#fleet.shards.filter(({ isUp }) => isUp).length);
    for (const name of Object.keys(WORK_CLASSES) as WorkClass[]) {
      const { running, waiting } = this.#admission.load(name);
      metrics.queriesRunning.set({ class: name }, running);
      metrics.queriesWaiting.set({ class: name }, waiting);
    }
    if (isPattern(config.workers)) void this.#followPattern();
  }

  /** What the live stream tells of feeds, shards, regions and alerts. */
  async #tellStates(): Promise<void> {
    const { live } = this.#services;
    try {
      live.show(await stateItems(this.#services));
    } catch {
      // Postgres is away and was never there: there is nothing to say yet.
    }
  }

  /** As many workers as Postgres knows shards. */
  async #followPattern(): Promise<void> {
    try {
      const { shards } = await this.#services.feedFacts.read();
      const numbers = shards.map(({ shard }) => shard);
      this.follow(workersOf(this.#deps.config.workers, numbers));
    } catch {
      // Postgres is away; those that are followed stay.
    }
  }

  #makeBreaker(): CircuitBreaker {
    const { limits, clock, metrics, log } = this.#deps;
    return new CircuitBreaker({
      clock,
      failuresMax: limits.breakerFailures,
      openMs: limits.breakerOpenMs,
      openMaxMs: limits.breakerOpenMaxMs,
      onChange(state) {
        metrics.breakerOpen.set(state === 'closed' ? 0 : 1);
        if (state === 'open') log.warn({}, 'Postgres does not answer; questions are refused.');
        if (state === 'closed') log.info({}, 'Postgres answers again.');
      },
    });
  }

  #makeAdmission(): Admission {
    const { limits, metrics } = this.#deps;
    return new Admission({
      runningMax: limits.connectionsMax,
      loopLagMs: () => this.#lag.lagMs,
      shedHistoryLagMs: limits.shedHistoryLagMs,
      shedLatestLagMs: limits.shedLatestLagMs,
      retryAfterSeconds: limits.retryAfterSeconds,
      onShed: (name) => metrics.shed.inc({ class: name }),
    });
  }

  #makeServices(): Services {
    const { limits, clock, random, metrics, config, readers, connectShard } = this.#deps;
    const database = new Database({
      pool: readers,
      admission: this.#admission,
      breaker: this.#breaker,
      clock,
      onQuery: (name, durationMs, outcome) =>
        metrics.querySeconds.observe({ class: name, outcome }, durationMs / 1000),
    });
    const fleet = this.#fleet;
    return {
      clock,
      limits,
      region: config.region,
      database,
      instruments: new InstrumentNames(database, limits.namesMax),
      strongReads: new StrongReads({
        database,
        clock,
        acknowledged: () => fleet.acknowledged(),
        waitMs: limits.strongWaitMs,
        pollMs: limits.strongPollMs,
      }),
      fleet,
      feedFacts: new FeedFacts({
        database,
        clock,
        freshMs: limits.feedFactsMs,
        venuesFreshMs: limits.venuesRefreshMs,
        venueInstrumentsMax: limits.venueInstrumentsMax,
      }),
      alerts: new AlertBoard({ clock, fleet, breaker: () => this.#breaker.state }),
      drills: new DrillBoard({
        readNewest: this.#deps.readNewest,
        folder: config.drillsDir,
        filesMax: limits.drillReportsMax,
        bytesMax: limits.drillReportBytesMax,
      }),
      live: new LiveHub({
        database,
        clock,
        random,
        limits: LIVE_LIMITS,
        connect: connectShard,
        observer: {
          clients: (count) => metrics.liveClients.set(count),
          leftOut: (messages) => metrics.liveLeftOut.inc(messages),
          caughtUp: () => metrics.liveCatchUps.inc(),
        },
      }),
      replays: new ReplayDesk({
        database,
        clock,
        limits: REPLAY_LIMITS,
        rollUpRowsMax: limits.rollUpRowsMax,
      }),
      simulations: new SimulationDesk(this.#wishes),
      switchovers: new SwitchoverDesk({
        wishes: this.#wishes,
        makeId: () => `switchover-${clock.wallNanos() / 1_000_000n}`,
      }),
    };
  }

  #makeAccess(): AccessControl {
    const { limits, clock, owners, tokens } = this.#deps;
    return new AccessControl({
      keys: new KeyRing({
        load: () => selectApiKeys(owners),
        clock,
        refreshMs: limits.keysRefreshMs,
        unknownRefreshMs: limits.unknownKeyRefreshMs,
        verifiedMax: limits.verifiedTokensMax,
        verificationsMax: limits.verificationsMax,
      }),
      tokens,
      limiter: new RateLimiter(clock, limits.bucketsMax),
      addressRate: {
        requestsPerSecond: limits.addressRequestsPerSecond,
        burst: limits.addressBurst,
      },
      failureRate: { requestsPerSecond: limits.failuresPerSecond, burst: limits.failuresBurst },
      tokenCharsMax: limits.tokenCharsMax,
    });
  }
}
