import { sleep } from '@feedmill/core/clock';
import { LIMITS } from '../limits.ts';
import type { SourceState } from '../local-state.ts';
import { processIdentity } from '../process-identity.ts';
import type { ChildNotices } from './child-notices.ts';
import {
  type ConnectorListener,
  type ConnectorOptions,
  ConnectorProcess,
} from './connector-process.ts';
import type { DeclaredSource } from './declared-source.ts';
import type { ProcessDeps } from './process-deps.ts';
import { connectorProgram } from './program-file.ts';

/** What all connectors of a folder have in common. */
export type ConnectorFleetOptions = Omit<ConnectorOptions, 'source' | 'script'>;

/** The connectors of a folder: one a source, but for those that send from outside. */
export class ConnectorFleet {
  readonly #deps: ProcessDeps;
  readonly #notices: ChildNotices;
  readonly #listener: ConnectorListener;
  #connectors: readonly ConnectorProcess[] = [];

  constructor(deps: ProcessDeps, notices: ChildNotices, listener: ConnectorListener) {
    this.#deps = deps;
    this.#notices = notices;
    this.#listener = listener;
  }

  get connectors(): readonly ConnectorProcess[] {
    return this.#connectors;
  }

  of(producer: string): ConnectorProcess | undefined {
    return this.#connectors.find((each) => each.source.producer === producer);
  }

  /** What the state file says of these sources and their processes. */
  states(sources: readonly DeclaredSource[]): SourceState[] {
    return sources.map(({ producer, text }) => {
      const connector = this.of(producer);
      const pid = connector?.process.pid;
      const identity = pid === undefined ? undefined : processIdentity(pid);
      const isDone = connector?.isDone ?? false;
      const spec = connector?.source.text ?? text;
      return { producer, spec, isDone, ...(identity && { process: identity }) };
    });
  }

  async start(sources: readonly DeclaredSource[], options: ConnectorFleetOptions): Promise<void> {
    const script = connectorProgram();
    for (const source of sources) {
      if (source.spec.kind === 'push') continue;
      const listener = this.#listener;
      const connector = new ConnectorProcess({ ...options, source, script }, this.#deps, listener);
      await this.#notices.follow(`source ${source.producer}`, connector.logFile);
      this.#connectors = [...this.#connectors, connector];
      connector.process.start();
    }
  }

  /** Waits until every one is let in by its worker, for a while. */
  async awaitWelcomes(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const deadlineMs = clock.monotonicMs() + LIMITS.welcomeWaitMs;
    const isWelcome = ({ report }: ConnectorProcess): boolean => (report?.shard ?? null) !== null;
    while (!this.#connectors.every(isWelcome) && clock.monotonicMs() < deadlineMs) {
      await sleep(clock, LIMITS.readyPollMs, signal);
      signal.throwIfAborted();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#connectors.map((connector) => connector.stop()));
  }

  /** Ends them at once. */
  kill(): void {
    for (const connector of this.#connectors) connector.kill();
  }
}
