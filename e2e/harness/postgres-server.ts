import { mkdirSync, readFileSync } from 'node:fs';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '@feedmill/store/embedded/embedded-postgres';
import { migrate } from '@feedmill/store/migrate/migrate';
import pg from 'pg';

const SILENT = { info: () => undefined, warn: () => undefined };

/** A real Postgres of one test file, with a database for each test. */
export class PostgresServer {
  /** Folder of this test file. */
  readonly dir: string;
  #server: EmbeddedPostgres;

  private constructor(dir: string, server: EmbeddedPostgres) {
    this.dir = dir;
    this.#server = server;
  }

  static async start(dir: string): Promise<PostgresServer> {
    mkdirSync(dir, { recursive: true });
    const server = await startEmbeddedPostgres({ dir, clock: systemClock(), log: SILENT });
    return new PostgresServer(dir, server);
  }

  get pid(): number {
    return this.#server.pid;
  }

  get port(): number {
    return this.#server.port;
  }

  /** Makes a database with Feedmill's schema. Returns its URL. */
  async addDatabase(name: string): Promise<string> {
    const admin = new pg.Client(this.#server.url);
    await admin.connect();
    try {
      await admin.query(`create database ${name}`);
    } finally {
      await admin.end();
    }
    const url = new URL(this.#server.url);
    url.pathname = `/${name}`;
    await migrate(url.href, SILENT);
    return url.href;
  }

  /** kill -9 of the server and all its backends, as a loss of power would end them. */
  kill(): void {
    const { pid } = this.#server;
    const backends = childrenOf(pid);
    for (const each of [pid, ...backends]) {
      try {
        process.kill(each, 'SIGKILL');
      } catch {
        // It has ended in this moment.
      }
    }
  }

  /** Fast shutdown. */
  async stop(): Promise<void> {
    await this.#server.stop();
  }

  /** Starts it again on the same port. */
  async restart(): Promise<void> {
    const { port } = this.#server;
    this.#server = await startEmbeddedPostgres({
      dir: this.dir,
      port,
      clock: systemClock(),
      log: SILENT,
    });
  }
}

/** Empty where the system does not say; then the backends end by themselves after their parent. */
function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text
      .split(' ')
      .filter((part) => part !== '')
      .map(Number);
  } catch {
    return [];
  }
}
