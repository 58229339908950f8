import type pg from 'pg';
import type { SimProcess } from '../kernel/sim-process.ts';
import type { SimNetwork } from '../net/sim-network.ts';
import { openClient, type SimPgClient } from './sim-pg-client.ts';
import type { Parameter } from './sql-value.ts';

const CONNECTIONS_MAX = 4;
const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 30_000;

/** The part of pg.Pool that store/ uses: as openPool of store/ sets it up. */
export function simPool(
  program: SimProcess,
  network: SimNetwork,
  url: string,
  applicationName: string,
): pg.Pool {
  return new SimPgPool(program, network, url, applicationName) as unknown as pg.Pool;
}

class SimPgPool {
  readonly #program: SimProcess;
  readonly #network: SimNetwork;
  readonly #url: string;
  readonly #applicationName: string;
  readonly #idle: SimPgClient[] = [];
  readonly #waiting: (() => void)[] = [];
  #open = 0;

  constructor(program: SimProcess, network: SimNetwork, url: string, applicationName: string) {
    this.#program = program;
    this.#network = network;
    this.#url = url;
    this.#applicationName = applicationName;
  }

  async query(text: string, values: readonly Parameter[] = []): Promise<unknown> {
    const client = await this.#take();
    try {
      return await client.query(text, values);
    } finally {
      this.#give(client);
    }
  }

  async connect(): Promise<SimPgClient & { release(): void }> {
    const client = await this.#take();
    return Object.assign(client, { release: () => this.#give(client) });
  }

  async end(): Promise<void> {
    for (const client of this.#idle.splice(0)) await client.end();
  }

  async #take(): Promise<SimPgClient> {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle?.isQueryable === true) return idle;
      if (idle !== undefined) this.#open -= 1;
      else if (this.#open < CONNECTIONS_MAX) break;
      else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#open += 1;
    try {
      return await openClient(this.#program, this.#network, {
        url: this.#url,
        applicationName: this.#applicationName,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        lockTimeoutMs: Number.POSITIVE_INFINITY,
        statementTimeoutMs: STATEMENT_TIMEOUT_MS,
        idleInTransactionTimeoutMs: Number.POSITIVE_INFINITY,
      });
    } catch (error) {
      this.#open -= 1;
      throw error;
    }
  }

  #give(client: SimPgClient): void {
    if (client.isQueryable) this.#idle.push(client);
    else this.#open -= 1;
    this.#waiting.shift()?.();
  }
}
