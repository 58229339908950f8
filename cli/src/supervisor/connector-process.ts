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
  readonly source: DeclaredSource;
  readonly process: KeptProcess;
  readonly logFile: string;
  readonly #deps: ProcessDeps;
  readonly #listener: ConnectorListener;
  #report: ConnectorReport | undefined;
  #isDone = false;
  #crashesWithoutProgress = 0;
  #sentAtStart = 0;
  #failure: FeedmillError | undefined;

  constructor(options: ConnectorOptions, deps: ProcessDeps, listener: ConnectorListener) {
    const { producer, text } = options.source;
    this.source = options.source;
    this.logFile = path.join(options.dir, 'logs', `source-${producer}.log`);
    this.#deps = deps;
    this.#listener = listener;
    this.process = new KeptProcess(
      {
        name: `source ${producer}`,
        script: options.script,
        args: async () =>
          flagArguments({
            source: text,
            producer,
            locate: options.locate.join(','),
            'state-dir': path.join(options.dir, 'producers'),
            'report-ms': String(LIMITS.reportIntervalMs),
            ...(options.otherLocate && { 'other-locate': options.otherLocate.join(',') }),
          }),
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

  /** The newest report; undefined before the first. */
  get report(): ConnectorReport | undefined {
    return this.#report;
  }

  /** The source is exhausted and all of it is committed. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** It keeps failing at the same place; it is tried on all the same. */
  get failure(): FeedmillError | undefined {
    return this.#failure;
  }

  /** Stops reading; what was not acknowledged comes again at the next start. */
  async stop(): Promise<boolean> {
    return await this.process.stop('SIGTERM', LIMITS.connectorStopMs);
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
