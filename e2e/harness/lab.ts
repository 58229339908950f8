import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Child } from './child.ts';
import { Connector, type ConnectorOptions } from './connector.ts';
import { IngestProxy } from './ingest-proxy.ts';
import { PostgresProxy } from './postgres-proxy.ts';
import type { PostgresServer } from './postgres-server.ts';
import { say } from './say.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { makeTestFolder, removeTestFolder } from './test-folder.ts';
import { Witness } from './witness.ts';
import { Worker, type WorkerOptions } from './worker.ts';

/** How much of each child's log is shown when a test fails. */
const LOG_TAIL_CHARS = 4_000;

/** Everything of one test: a database, a folder, processes and proxies. All end with the test. */
export class Lab {
  readonly name: string;
  readonly postgres: PostgresServer;
  readonly dir: string;
  /** URL of this test's own database. */
  readonly url: string;
  /** Everything is being ended: nobody is started again. */
  isClosing = false;
  readonly #children = new Set<Child>();
  readonly #workers = new Set<Worker>();
  readonly #proxies: { close(): Promise<void> }[] = [];
  readonly #killLeftovers = (): void => {
    for (const child of this.#children) child.signal('SIGKILL');
  };

  private constructor(name: string, postgres: PostgresServer, dir: string, url: string) {
    this.name = name;
    this.postgres = postgres;
    this.dir = dir;
    this.url = url;
    process.once('exit', this.#killLeftovers);
  }

  /**
   * A lab of the running test.
   *
   * @param name of the database: lower case and underscores
   */
  static async open(name: string, postgres: PostgresServer): Promise<Lab> {
    const lab = await Lab.make(name, postgres);
    onTestFinished(async ({ task }) => {
      if (task.result?.state === 'fail') lab.showLogs();
      await lab.close();
    });
    return lab;
  }

  /** A lab that the caller closes. */
  static async make(name: string, postgres: PostgresServer): Promise<Lab> {
    const url = await postgres.addDatabase(name);
    const lab = new Lab(name, postgres, makeTestFolder(), url);
    mkdirSync(path.join(lab.dir, 'logs'));
    return lab;
  }

  startWorker(options: Partial<WorkerOptions> = {}): Worker {
    const shard = options.shard ?? 0;
    const dir = options.dir ?? this.volume(`shard-${shard}`);
    const worker = new Worker({
      postgresUrl: this.url,
      clusterId: 'e2e',
      flags: [],
      logFile: path.join(this.dir, 'logs', `worker-${path.basename(dir)}.log`),
      ...options,
      shard,
      dir,
    });
    this.#workers.add(worker);
    this.#children.add(worker.child);
    return worker;
  }

  startConnector(
    options: Pick<ConnectorOptions, 'producer' | 'source' | 'address'> & Partial<ConnectorOptions>,
  ): Connector {
    const connector = new Connector({
      stateDir: path.join(this.dir, 'producers'),
      flags: [],
      logFile: path.join(this.dir, 'logs', `connector-${options.producer}.log`),
      ...options,
    });
    this.#children.add(connector.child);
    return connector;
  }

  /** Starts the witness, on the registers that it had before. */
  startWitness(flags: readonly string[] = []): Witness {
    const witness = new Witness({
      dir: this.volume('witness'),
      flags,
      logFile: path.join(this.dir, 'logs', 'witness.log'),
    });
    this.#children.add(witness.child);
    return witness;
  }

  /** Another database of this test. Returns its URL. */
  addDatabase(suffix: string): Promise<string> {
    return this.postgres.addDatabase(`${this.name}_${suffix}`);
  }

  async startTcpProxy(targetPort?: number): Promise<TcpProxy> {
    const proxy = await TcpProxy.start(targetPort);
    this.#proxies.push(proxy);
    return proxy;
  }

  /** Path of a volume of this test. */
  volume(name: string): string {
    return path.join(this.dir, name);
  }

  async startIngestProxy(): Promise<IngestProxy> {
    const proxy = await IngestProxy.start();
    this.#proxies.push(proxy.tcp);
    return proxy;
  }

  async startPostgresProxy(): Promise<PostgresProxy> {
    const proxy = await PostgresProxy.start(this.postgres.port);
    this.#proxies.push(proxy.tcp);
    return proxy;
  }

  async close(): Promise<void> {
    this.isClosing = true;
    this.#killLeftovers();
    for (const child of this.#children) await child.ended;
    for (const worker of this.#workers) worker.close();
    for (const proxy of this.#proxies) await proxy.close();
    process.off('exit', this.#killLeftovers);
    await removeTestFolder(this.dir);
  }

  /** Shows how the logs of all children end. */
  showLogs(): void {
    const logs = new Map([...this.#children].map((child) => [child.logFile, child]));
    for (const [file, child] of logs) {
      say(`--- ${path.basename(file)} ends:\n${child.logText().slice(-LOG_TAIL_CHARS)}`);
    }
  }
}
