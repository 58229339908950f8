import path from 'node:path';
import { ControlClient } from '@feedmill/core/adapters/control-client';
import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { FeedmillError } from '@feedmill/core/errors';
import { LIMITS } from '../limits.ts';
import { parseWorkerReady, type WorkerReady } from './child-message.ts';
import type { FolderPorts } from './folder-ports.ts';
import { endText, flagArguments, KeptProcess, type ProcessEnd } from './kept-process.ts';
import { listenAddress, portOf } from './loopback-port.ts';
import type { ProcessDeps } from './process-deps.ts';

/** Exit code of a worker whose shard a newer epoch holds. */
const EXIT_FENCED = 3;

export interface WorkerOptions {
  readonly shard: number;
  /** Feedmill's folder; the worker's volume is `shard-N` in it. */
  readonly dir: string;
  readonly script: string;
  readonly postgresUrl: string;
  readonly clusterId: string;
  readonly ports: FolderPorts;
  /** Further flags, e.g. `--store-book-deltas`. */
  readonly flags: (shard: number) => readonly string[];
}

export interface WorkerListener {
  /** It was started, became ready or ended. */
  onProcess(): void;
  /** It came back at another address. */
  onMoved(): void;
}

/** The worker of one shard: started, started again when it crashes, asked for its state. */
export class WorkerProcess {
  readonly shard: number;
  readonly process: KeptProcess;
  readonly logFile: string;
  readonly #deps: ProcessDeps;
  readonly #listener: WorkerListener;
  #ready: WorkerReady | undefined;
  #isUp = false;
  #crashesBeforeReady = 0;
  #failure: FeedmillError | undefined;
  #client: ControlClient | undefined;
  #snapshot: ShardSnapshot | undefined;

  constructor(options: WorkerOptions, deps: ProcessDeps, listener: WorkerListener) {
    this.shard = options.shard;
    this.logFile = path.join(options.dir, 'logs', `worker-${options.shard}.log`);
    this.#deps = deps;
    this.#listener = listener;
    this.process = new KeptProcess(
      {
        name: `worker ${options.shard}`,
        script: options.script,
        args: () => this.#args(options),
        logFile: this.logFile,
      },
      {
        onStart: () => listener.onProcess(),
        onMessage: (message) => this.#onMessage(message),
        onEnd: (end) => this.#onEnd(end),
        onRestart: (end, delayMs) => this.#onRestart(end, delayMs),
      },
      deps.clock,
      deps.random,
    );
  }

  /** What it said when it last became ready; its addresses stay valid over restarts. */
  get ready(): WorkerReady | undefined {
    return this.#ready;
  }

  /** Whether it accepts producers now. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Why it will not be started again. */
  get failure(): FeedmillError | undefined {
    return this.#failure;
  }

  /** The newest state that it gave; it outlives a crash. */
  get snapshot(): ShardSnapshot | undefined {
    return this.#snapshot;
  }

  /** @throws FeedmillError WORKER_UNAVAILABLE while it is not up */
  get client(): ControlClient {
    if (this.#client !== undefined && this.#isUp) return this.#client;
    throw new FeedmillError('WORKER_UNAVAILABLE', `Worker ${this.shard} is not up.`);
  }

  /** @throws FeedmillError WORKER_UNAVAILABLE */
  async observe(): Promise<ShardSnapshot> {
    this.#snapshot = await this.client.getState();
    return this.#snapshot;
  }

  /** Drains: everything acknowledged is committed when it ends by itself. */
  async stop(): Promise<boolean> {
    const inTime = await this.process.stop('SIGTERM', LIMITS.workerStopMs);
    this.#client?.close();
    return inTime;
  }

  async #args(options: WorkerOptions): Promise<readonly string[]> {
    const { grpcAddress, httpAddress } = this.#ready ?? {};
    const { shard, ports } = options;
    const grpcPort = grpcAddress ? portOf(grpcAddress) : ports.grpcBase + shard;
    const httpPort = httpAddress ? portOf(httpAddress) : ports.httpBase + shard;
    const told = ports.told?.[shard];
    const flags = flagArguments({
      shard: String(shard),
      dir: path.join(options.dir, `shard-${shard}`),
      postgres: options.postgresUrl,
      'cluster-id': options.clusterId,
      listen: told === undefined ? await listenAddress(grpcPort) : await told.handOut(),
      http: await listenAddress(httpPort),
    });
    return [...flags, ...options.flags(shard)];
  }

  #onMessage(message: unknown): void {
    const ready = parseWorkerReady(message);
    if (ready === undefined) return;
    if (this.#client?.address !== ready.grpcAddress) {
      this.#client?.close();
      this.#client = new ControlClient(ready.grpcAddress);
    }
    const isMoved = this.#ready !== undefined && this.#ready.grpcAddress !== ready.grpcAddress;
    this.#ready = ready;
    this.#isUp = true;
    this.#listener.onProcess();
    if (isMoved) this.#listener.onMoved();
  }

  #onEnd(end: ProcessEnd): 'restart' | 'leave' {
    if (!this.#isUp) this.#crashesBeforeReady += 1;
    this.#isUp = false;
    const said = end.words === undefined ? '' : ` It said: ${end.words}`;
    if (end.code === EXIT_FENCED) {
      this.#failure = new FeedmillError(
        'FENCED',
        `Another worker took over shard ${this.shard} with a newer epoch, so ours ended. Is ` +
          `another Feedmill running on the same Postgres? Stop one of them.${said}`,
      );
    } else if (this.#ready === undefined && this.#crashesBeforeReady >= LIMITS.startCrashesMax) {
      this.#failure = new FeedmillError(
        'WORKER_UNAVAILABLE',
        `Worker ${this.shard} did not start in ${LIMITS.startCrashesMax} attempts ` +
          `(${endText(end)}). Its log is ${this.logFile}.${said}`,
      );
    }
    this.#listener.onProcess();
    return this.#failure === undefined ? 'restart' : 'leave';
  }

  #onRestart(end: ProcessEnd, delayMs: number): void {
    const said = end.words === undefined ? '' : `: ${end.words}`;
    this.#deps.reporter.warn(
      `Worker ${this.shard} ended with ${endText(end)} and starts again in ` +
        `${Math.round(delayMs)} ms${said}`,
    );
  }
}
