import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { LIMITS } from '../limits.ts';
import type { ChildNotices } from './child-notices.ts';
import type { ProcessDeps } from './process-deps.ts';
import { workerProgram } from './program-file.ts';
import { type WorkerListener, type WorkerOptions, WorkerProcess } from './worker-process.ts';

/** What all workers of a folder have in common. */
export type FleetOptions = Omit<WorkerOptions, 'shard' | 'script'>;

/** The workers of a folder. */
export class WorkerFleet {
  readonly #options: FleetOptions;
  readonly #deps: ProcessDeps;
  readonly #notices: ChildNotices;
  readonly #listener: WorkerListener;
  #workers: readonly WorkerProcess[] = [];

  constructor(
    options: FleetOptions,
    deps: ProcessDeps,
    notices: ChildNotices,
    listener: WorkerListener,
  ) {
    this.#options = options;
    this.#deps = deps;
    this.#notices = notices;
    this.#listener = listener;
  }

  /** In the order of their shards. */
  get workers(): readonly WorkerProcess[] {
    return this.#workers;
  }

  of(shard: number | undefined): WorkerProcess | undefined {
    return this.#workers.find((worker) => worker.shard === shard);
  }

  /**
   * Starts the workers of these shards and waits until they accept producers.
   *
   * @throws FeedmillError WORKER_UNAVAILABLE or FENCED where one does not start, or the signal's
   *   reason
   */
  async start(shards: readonly number[], signal: AbortSignal): Promise<void> {
    const script = workerProgram();
    const started: WorkerProcess[] = [];
    for (const shard of shards) {
      await mkdir(path.join(this.#options.dir, `shard-${shard}`), { recursive: true });
      const options = { ...this.#options, shard, script };
      const worker = new WorkerProcess(options, this.#deps, this.#listener);
      await this.#notices.follow(`worker ${shard}`, worker.logFile);
      started.push(worker);
    }
    this.#workers = [...this.#workers, ...started].sort((a, b) => a.shard - b.shard);
    signal.throwIfAborted();
    for (const worker of started) worker.process.start();
    await this.#awaitReady(started, signal);
  }

  /**
   * Drains workers and lets them go.
   *
   * @returns the shards that did not commit everything in time
   */
  async stop(shards: readonly number[]): Promise<number[]> {
    const ends = this.#workers
      .filter(({ shard }) => shards.includes(shard))
      .map(async (worker) => ({ shard: worker.shard, inTime: await worker.stop() }));
    const late = (await Promise.all(ends)).filter(({ inTime }) => !inTime);
    return late.map(({ shard }) => shard);
  }

  /** Forgets workers that have been stopped. */
  forget(shards: readonly number[]): void {
    this.#workers = this.#workers.filter(({ shard }) => !shards.includes(shard));
  }

  async #awaitReady(started: readonly WorkerProcess[], signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const deadlineMs = clock.monotonicMs() + LIMITS.workerReadyMs;
    for (;;) {
      const failed = started.find(({ failure }) => failure);
      if (failed?.failure !== undefined) throw failed.failure;
      const waiting = started.find(({ ready }) => ready === undefined);
      if (waiting === undefined) return;
      if (clock.monotonicMs() > deadlineMs) {
        throw new FeedmillError(
          'WORKER_UNAVAILABLE',
          `Worker ${waiting.shard} is not ready after ${LIMITS.workerReadyMs / 1000} s; ` +
            `its log, ${waiting.logFile}, says why.`,
        );
      }
      await sleep(clock, LIMITS.readyPollMs, signal);
      signal.throwIfAborted();
    }
  }
}
