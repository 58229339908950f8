import path from 'node:path';
import { sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { LIMITS } from '../limits.ts';
import { parseWitnessReady } from '../supervisor/child-message.ts';
import { endText, flagArguments, KeptProcess } from '../supervisor/kept-process.ts';
import type { ProcessDeps } from '../supervisor/process-deps.ts';
import { witnessProgram } from '../supervisor/program-file.ts';

/** The witness of two regions on this machine: started, and started again when it ends. */
export class WitnessProcess {
  readonly #dir: string;
  readonly #deps: ProcessDeps;
  #process: KeptProcess;
  /** host:port, while it listens. */
  #address: string | undefined;

  /** @param dir the pair's folder; the registers are in `witness/` in it */
  constructor(dir: string, deps: ProcessDeps) {
    this.#dir = dir;
    this.#deps = deps;
    this.#process = this.#make();
  }

  /** @throws FeedmillError WITNESS_UNAVAILABLE while it does not listen */
  get address(): string {
    if (this.#address !== undefined) return this.#address;
    throw new FeedmillError('WITNESS_UNAVAILABLE', 'The witness does not run.');
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    this.#process.start();
    const deadlineMs = clock.monotonicMs() + LIMITS.workerReadyMs;
    while (this.#address === undefined) {
      if (clock.monotonicMs() > deadlineMs) {
        const log = path.join(this.#dir, 'logs', 'witness.log');
        throw new FeedmillError(
          'WITNESS_UNAVAILABLE',
          `The witness is not ready after ${LIMITS.workerReadyMs / 1000} s; its log is ${log}.`,
        );
      }
      await sleep(clock, LIMITS.readyPollMs, signal);
      signal.throwIfAborted();
    }
  }

  async stop(): Promise<void> {
    await this.#process.stop('SIGTERM', LIMITS.connectorStopMs);
  }

  /** Ends it at once; it stays away until `start`. */
  lose(): void {
    this.#process.kill();
    this.#address = undefined;
    this.#process = this.#make();
  }

  #make(): KeptProcess {
    const dir = path.join(this.#dir, 'witness');
    return new KeptProcess(
      {
        name: 'witness',
        script: witnessProgram(),
        args: async () => flagArguments({ dir, listen: '127.0.0.1:0' }),
        logFile: path.join(this.#dir, 'logs', 'witness.log'),
      },
      {
        onStart: () => undefined,
        onMessage: (message) => {
          this.#address = parseWitnessReady(message)?.grpcAddress ?? this.#address;
        },
        onEnd: (end) => {
          this.#deps.reporter.warn(`The witness ended with ${endText(end)} and starts again.`);
          return 'restart';
        },
      },
      this.#deps.clock,
      this.#deps.random,
    );
  }
}
