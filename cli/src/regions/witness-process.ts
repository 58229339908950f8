import path from 'node:path';
import { sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { LIMITS } from '../limits.ts';
import { parseWitnessReady } from '../supervisor/child-message.ts';
import { endText, flagArguments, KeptProcess } from '../supervisor/kept-process.ts';
import type { ToldPort } from '../supervisor/loopback-port.ts';
import type { ProcessDeps } from '../supervisor/process-deps.ts';
import { witnessProgram } from '../supervisor/program-file.ts';

/** The witness of two regions on this machine: started, and started again when it ends. */
export class WitnessProcess {
  readonly logFile: string;
  readonly #dir: string;
  readonly #port: ToldPort;
  readonly #onProcess: () => void;
  readonly #deps: ProcessDeps;
  #process: KeptProcess;
  #isStopped = false;
  #address: string | undefined;

  /**
   * @param dir the pair's folder; the registers are in `witness/` in it
   * @param onProcess it was started, listens, or ended
   */
  constructor(dir: string, port: ToldPort, onProcess: () => void, deps: ProcessDeps) {
    this.logFile = path.join(dir, 'logs', 'witness.log');
    this.#dir = dir;
    this.#port = port;
    this.#onProcess = onProcess;
    this.#deps = deps;
    this.#process = this.#make();
  }

  /** host:port, once it has listened; it stays the same. */
  get address(): string | undefined {
    return this.#address;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    this.#process.start();
    const deadlineMs = clock.monotonicMs() + LIMITS.workerReadyMs;
    while (this.#address === undefined) {
      if (clock.monotonicMs() > deadlineMs) {
        throw new FeedmillError(
          'WITNESS_UNAVAILABLE',
          `The witness is not ready after ${LIMITS.workerReadyMs / 1000} s; its log, ` +
            `${this.logFile}, says why.`,
        );
      }
      await sleep(clock, LIMITS.readyPollMs, signal);
      signal.throwIfAborted();
    }
  }

  /** Whether it was stopped in order. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#process.stop('SIGTERM', LIMITS.connectorStopMs);
  }

  /** Ends it at once, and for good. */
  kill(): void {
    this.#process.kill();
  }

  /** Ends it at once; it stays away until `start`. */
  lose(): void {
    this.kill();
    this.#address = undefined;
    this.#process = this.#make();
  }

  #make(): KeptProcess {
    const dir = path.join(this.#dir, 'witness');
    return new KeptProcess(
      {
        name: 'witness',
        script: witnessProgram(),
        args: async () => flagArguments({ dir, listen: await this.#port.handOut() }),
        logFile: this.logFile,
      },
      {
        onStart: this.#onProcess,
        onMessage: (message) => {
          this.#address = parseWitnessReady(message)?.grpcAddress ?? this.#address;
          this.#onProcess();
        },
        onEnd: (end) => {
          this.#onProcess();
          this.#deps.reporter.warn(`The witness ended with ${endText(end)} and starts again.`);
          return 'restart';
        },
      },
      this.#deps.clock,
      this.#deps.random,
    );
  }
}
