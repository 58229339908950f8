import { fileURLToPath } from 'node:url';
import { type ConnectorReport, parseConnectorReport } from '@feedmill/cli/supervisor/child-message';
import { Child } from './child.ts';
import { until } from './waiting.ts';

const PROGRAM = fileURLToPath(new URL('../../producer/src/main.ts', import.meta.url));
const REPORT_MS = 50;
const DONE_WITHIN_MS = 120_000;

export interface ConnectorOptions {
  readonly producer: string;
  readonly source: string;
  /** host:port that leads to the producer's worker. */
  readonly address: string;
  readonly stateDir: string;
  readonly flags: readonly string[];
  /** Beside what this process has. */
  readonly env?: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** A connector process: one source that is published under one name. */
export class Connector {
  readonly options: ConnectorOptions;
  readonly child: Child;
  /** Set by whoever ends it on purpose. */
  isKilled = false;
  #report: ConnectorReport | undefined;

  constructor(options: ConnectorOptions) {
    this.options = options;
    const { producer, source, address, stateDir, flags, env, logFile } = options;
    this.child = new Child({
      name: `connector ${producer}`,
      program: PROGRAM,
      args: [
        `--source=${source}`,
        `--producer=${producer}`,
        `--address=${address}`,
        `--state-dir=${stateDir}`,
        `--report-ms=${REPORT_MS}`,
        ...flags,
      ],
      logFile,
      ...(env && { env }),
    });
    this.child.onMessage((message) => {
      this.#report = parseConnectorReport(message) ?? this.#report;
    });
  }

  /** The newest report; undefined before the first. */
  get report(): ConnectorReport | undefined {
    return this.#report;
  }

  /** The sequence that it went on behind; undefined where it never came so far. */
  get resumeAfter(): number | undefined {
    const begun = this.child.logLines().find(({ msg }) => msg === 'reading the source');
    return begun?.resumeAfter;
  }

  /** Waits until the source is exhausted and everything committed. */
  async done(withinMs = DONE_WITHIN_MS): Promise<ConnectorReport> {
    const what = `${this.child.name} has everything committed`;
    await until(what, () => this.child.end, { withinMs, seen: () => this.#report });
    if (this.#report?.type === 'done' && this.child.end?.code === 0) return this.#report;
    throw new Error(`${this.child.name} ended before its source: ${this.child.lastWords()}`);
  }
}
