import path from 'node:path';
import { FeedmillError } from '@feedmill/core/errors';
import { LIMITS } from '../limits.ts';
import { type ConnectorReport, parseConnectorReport } from './child-message.ts';
import type { DeclaredSource } from './declared-source.ts';
import { endText, flagArguments, KeptProcess, type ProcessEnd } from './kept-process.ts';
import type { ProcessDeps } from './process-deps.ts';

export interface ConnectorOptions {
  readonly source: DeclaredSource;
  /** Feedmill's folder. */
  readonly dir: string;
  readonly script: string;
  /** Addresses of workers that answer Locate. */
  readonly locate: readonly string[];
  /** The same in the other region, where there is one. */
  readonly otherLocate?: readonly string[];
}

export interface ConnectorListener {
  /** It was started or ended. */
  onProcess(): void;
  onReport(): void;
}

/** The connector of one source: started again when it crashes, left alone when it is done. */
export class ConnectorProcess {
  readonly logFile: string;
  readonly #options: ConnectorOptions;
  readonly #deps: ProcessDeps;
  readonly #listener: ConnectorListener;
  #source: DeclaredSource;
  #process: KeptProcess;
  #report: ConnectorReport | undefined;
  #isDone = false;
  #isHalted = false;
  /** It is not started again by anybody. */
  #isClosed = false;
  #crashesWithoutProgress = 0;
  #sentAtStart = 0;
  #failure: FeedmillError | undefined;

  constructor(options: ConnectorOptions, deps: ProcessDeps, listener: ConnectorListener) {
    this.logFile = path.join(options.dir, 'logs', `source-${options.source.producer}.log`);
    this.#options = options;
    this.#deps = deps;
    this.#listener = listener;
    this.#source = options.source;
    this.#process = this.#makeProcess();
  }

  /** As it is told now: its pace may have been changed. */
  get source(): DeclaredSource {
    return this.#source;
  }

  get process(): KeptProcess {
    return this.#process;
  }

  /** The newest report; undefined before the first. */
  get report(): ConnectorReport | undefined {
    return this.#report;
  }

  /** The source is exhausted and all of it is committed. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Somebody has stopped it, and may start it again. */
  get isHalted(): boolean {
    return this.#isHalted;
  }

  /** It keeps failing at the same place; it is tried on all the same. */
  get failure(): FeedmillError | undefined {
    return this.#failure;
  }

  /** Stops reading for good; what was not acknowledged comes again at the next start. */
  async stop(): Promise<boolean> {
    this.#isClosed = true;
    return await this.#process.stop('SIGTERM', LIMITS.connectorStopMs);
  }

  /** Stops reading until `resume`. */
  async halt(): Promise<void> {
    this.#isHalted = true;
    await this.#process.stop('SIGTERM', LIMITS.connectorStopMs);
    this.#listener.onProcess();
  }

  /** Reads on after `halt`, behind what was acknowledged. */
  resume(): void {
    if (this.#isClosed || !this.#isHalted) return;
    this.#isHalted = false;
    this.#process = this.#makeProcess();
    this.#process.start();
  }

  /** The same source, told differently from its next start on. */
  declare(source: DeclaredSource): void {
    this.#source = source;
  }

  /** Ends it at once, and for good. */
  kill(): void {
    this.#isClosed = true;
    this.#process.kill();
  }

  #makeProcess(): KeptProcess {
    const { source, script, locate, otherLocate, dir } = this.#options;
    const { producer } = source;
    return new KeptProcess(
      {
        name: `source ${producer}`,
        script,
        args: async () =>
          flagArguments({
            source: this.#source.text,
            producer,
            locate: locate.join(','),
            'state-dir': path.join(dir, 'producers'),
            'report-ms': String(LIMITS.reportIntervalMs),
            ...(otherLocate && { 'other-locate': otherLocate.join(',') }),
          }),
        logFile: this.logFile,
      },
      {
        onStart: () => this.#listener.onProcess(),
        onMessage: (message) => this.#onMessage(message),
        onEnd: (end) => this.#onEnd(end),
        onRestart: (end, delayMs) => this.#onRestart(end, delayMs),
      },
      this.#deps.clock,
      this.#deps.random,
    );
  }

  #onMessage(message: unknown): void {
    const report = parseConnectorReport(message);
    if (report === undefined) return;
    this.#report = report;
    if (report.durable > this.#sentAtStart) {
      this.#crashesWithoutProgress = 0;
      this.#failure = undefined;
    }
    this.#listener.onReport();
  }

  #onEnd(end: ProcessEnd): 'restart' | 'leave' {
    this.#isDone = end.code === 0 && this.#report?.type === 'done';
    if (!this.#isDone) {
      this.#crashesWithoutProgress += 1;
      this.#sentAtStart = this.#report?.durable ?? 0;
      if (this.#crashesWithoutProgress >= LIMITS.startCrashesMax) {
        const said = end.words === undefined ? '' : ` It said: ${end.words}`;
        this.#failure = new FeedmillError(
          'SOURCE_FAILED',
          `Source ${this.source.producer} ended ${LIMITS.startCrashesMax} times without getting ` +
            `any further (${endText(end)}). Its log is ${this.logFile}.${said}`,
        );
      }
    }
    this.#listener.onProcess();
    return this.#isDone ? 'leave' : 'restart';
  }

  #onRestart(end: ProcessEnd, delayMs: number): void {
    const said = end.words === undefined ? '' : `: ${end.words}`;
    this.#deps.reporter.warn(
      `Source ${this.source.producer} ended with ${endText(end)} and starts again in ` +
        `${Math.round(delayMs)} ms${said}`,
    );
  }
}
