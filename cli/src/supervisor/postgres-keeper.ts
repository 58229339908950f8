import { sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '@feedmill/store/embedded/embedded-postgres';
import type { Log } from '@feedmill/store/log';
import { LIMITS } from '../limits.ts';
import type { ProcessDeps } from './process-deps.ts';

/** The embedded Postgres of a folder, started again on the same address when it dies. */
export class PostgresKeeper {
  readonly #dir: string;
  readonly #deps: ProcessDeps;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  #server: EmbeddedPostgres;
  #watching: Promise<void>;

  private constructor(dir: string, deps: ProcessDeps, log: Log, server: EmbeddedPostgres) {
    this.#dir = dir;
    this.#deps = deps;
    this.#log = log;
    this.#server = server;
    this.#watching = this.#watch();
  }

  /** @throws FeedmillError CONFIG_INVALID or STORE_UNAVAILABLE */
  static async start(dir: string, deps: ProcessDeps, log: Log): Promise<PostgresKeeper> {
    const server = await startEmbeddedPostgres({ dir, clock: deps.clock, log });
    return new PostgresKeeper(dir, deps, log, server);
  }

  /** Stays the same over restarts. */
  get url(): string {
    return this.#server.url;
  }

  get wasRunning(): boolean {
    return this.#server.wasRunning;
  }

  /** Fast shutdown; whatever is committed is safe. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
    await this.#server.stop();
  }

  /** Ends it at once and for good: nothing is flushed, as when the machine is lost. */
  async kill(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
    process.kill(this.#server.pid, 'SIGKILL');
    while (await this.#server.isRunning()) await sleep(this.#deps.clock, LIMITS.readyPollMs);
  }

  /** Ends it at once; it is started again. */
  crash(): void {
    process.kill(this.#server.pid, 'SIGKILL');
  }

  async #watch(): Promise<void> {
    const { clock, reporter } = this.#deps;
    const { signal } = this.#stopping;
    let failures = 0;
    for (;;) {
      await sleep(clock, LIMITS.postgresWatchMs, signal);
      if (signal.aborted) return;
      try {
        if (await this.#server.isRunning()) continue;
        if (failures === 0) reporter.warn('Postgres ended and is started again.');
        // The workers know its address, so it has to come back there.
        const { port } = this.#server;
        this.#server = await startEmbeddedPostgres({ dir: this.#dir, port, clock, log: this.#log });
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1) reporter.warn(FeedmillError.from(error).message);
        await sleep(clock, LIMITS.restartCapMs, signal);
      }
    }
  }
}
