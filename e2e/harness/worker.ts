import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseWorkerReady, type WorkerReady } from '@feedmill/cli/supervisor/child-message';
import { ControlClient } from '@feedmill/core/adapters/control-client';
import { channelCredentials } from '@feedmill/core/adapters/tls-credentials';
import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { Child, type ChildEnd } from './child.ts';
import { until } from './waiting.ts';

const PROGRAM = fileURLToPath(new URL('../../pod-worker/src/main.ts', import.meta.url));
const SHIFTED_CLOCK = new URL('./shifted-clock.ts', import.meta.url).href;
const START_WITHIN_MS = 30_000;
const DRAIN_WITHIN_MS = 90_000;
const MARK_POSITION_OFFSET = 8;

export interface WorkerOptions {
  readonly shard: number;
  /** The shard's volume. */
  readonly dir: string;
  readonly postgresUrl: string;
  readonly clusterId: string;
  /** Further flags, e.g. `--batch-bytes-max 2048`. */
  readonly flags: readonly string[];
  /** How far its wall clock is off, ms. */
  readonly clockShiftMs?: number;
  /** File with what its certificate is proved against, where it serves TLS. */
  readonly ca?: string;
  /** Beside what this process has. */
  readonly env?: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** A pod-worker process. */
export class Worker {
  readonly options: WorkerOptions;
  readonly child: Child;
  /** Set by whoever ends it on purpose. */
  isKilled = false;
  #ready: WorkerReady | undefined;
  #client: ControlClient | undefined;

  constructor(options: WorkerOptions) {
    this.options = options;
    const { shard, dir, postgresUrl, clusterId, flags, clockShiftMs, env, logFile } = options;
    mkdirSync(dir, { recursive: true });
    this.child = new Child({
      name: `worker ${shard} of ${path.basename(dir)}`,
      program: PROGRAM,
      nodeFlags:
        clockShiftMs === undefined ? [] : ['--import', `${SHIFTED_CLOCK}?ms=${clockShiftMs}`],
      args: [
        `--shard=${shard}`,
        `--dir=${dir}`,
        `--postgres=${postgresUrl}`,
        `--cluster-id=${clusterId}`,
        ...flags,
      ],
      logFile,
      ...(env && { env }),
    });
    this.child.onMessage((message) => {
      this.#ready ??= parseWorkerReady(message);
    });
  }

  /** Waits until it accepts producers. */
  async ready(): Promise<WorkerReady> {
    return await until(
      `${this.child.name} accepts producers`,
      () => {
        if (this.child.end !== undefined) {
          throw new Error(`${this.child.name} ended instead: ${this.child.lastWords()}`);
        }
        return this.#ready;
      },
      { withinMs: START_WITHIN_MS },
    );
  }

  /** host:port of its gRPC server; empty before it is ready. */
  get address(): string {
    return this.#ready?.grpcAddress ?? '';
  }

  /** host:port of /metrics, /livez and /readyz. */
  get httpAddress(): string {
    return this.#ready?.httpAddress ?? '';
  }

  get client(): ControlClient {
    if (this.#ready === undefined) throw new Error(`${this.child.name} is not ready`);
    this.#client ??= new ControlClient(this.#ready.grpcAddress, {
      credentials: channelCredentials(this.options.ca ?? ''),
    });
    return this.#client;
  }

  /** Binds producers to this shard, and others where `elsewhere` says. */
  async bind(
    generation: number,
    producers: readonly string[],
    address: string,
    elsewhere: readonly { producer: string; shard: number; address: string }[] = [],
  ): Promise<void> {
    const { shard } = this.options;
    const here = producers.map((producer) => ({ producer, shard, address }));
    await this.client.setBindings(generation, [...here, ...elsewhere]);
    await until(`${this.child.name} has taken over ${producers.join(', ')}`, async () => {
      const held = (await this.state()).producers.map(({ producer }) => producer);
      return producers.every((producer) => held.includes(producer));
    });
  }

  async state(): Promise<ShardSnapshot> {
    return await this.client.getState();
  }

  /** The position up to which it has promised durability, from the file that a restart reads. */
  acknowledgedPosition(): number {
    try {
      const mark = readFileSync(path.join(this.options.dir, 'journal', 'acknowledged'));
      return Number(mark.readBigUInt64LE(MARK_POSITION_OFFSET));
    } catch {
      return 0;
    }
  }

  /** Drains and ends it. */
  async stop(): Promise<ChildEnd> {
    this.child.signal('SIGTERM');
    const end = await until(`${this.child.name} drains and ends`, () => this.child.end, {
      withinMs: DRAIN_WITHIN_MS,
    });
    this.close();
    return end;
  }

  async kill(): Promise<void> {
    await this.child.kill();
    this.close();
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }
}
