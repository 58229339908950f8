import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ControlClient } from '@feedmill/core/adapters/control-client';
import { envName } from '@feedmill/core/process-config';
import {
  GenericContainer,
  Network,
  type StartedNetwork,
  type StartedTestContainer,
  Wait,
} from 'testcontainers';
import type { LabVerdict } from './lab-pipeline.ts';
import { must, run, type ShellEnd } from './shell.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const IMAGE = 'feedmill:dev';
export const BASE_IMAGE = 'node:24-bookworm-slim';
const POSTGRES_IMAGE = 'postgres:17';
const PROGRAMS = '/app/deploy/image/run.sh';
const BUILT_WITHIN_MS = 8 * 60_000;
const UP_WITHIN_MS = 3 * 60_000;
const ENDED_WITHIN_MS = 4 * 60_000;
const PORT = 7400;
const ADDRESS = `worker-0:${PORT}`;
const PASSWORD = 'of-the-image';

const databaseUrl = (password: string): string =>
  `postgres://feedmill:${password}@postgres:5432/ticks`;

/** One of the image's programs, trusted with as little as on Kubernetes. */
class Program extends GenericContainer {
  constructor(name: string, settings: Readonly<Record<string, string>>) {
    super(IMAGE);
    this.hostConfig.ReadonlyRootfs = true;
    const environment = Object.entries(settings).map(([key, value]) => [envName(key), value]);
    this.withCommand([name])
      .withEnvironment(Object.fromEntries(environment))
      .withTmpFs({ '/tmp': 'rw,mode=1777' })
      .withDroppedCapabilities('ALL')
      .withSecurityOpt('no-new-privileges');
  }
}

/** The image's programs and a Postgres as plain containers, on a network of their own. */
export class ContainerLab {
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), 'feedmill-image-'));
  readonly #started: StartedTestContainer[] = [];
  #network: StartedNetwork | undefined;

  static async build(): Promise<void> {
    await must(path.join(ROOT, 'kind/image'), [], { cwd: ROOT, withinMs: BUILT_WITHIN_MS });
  }

  /** Starts Postgres, under the name `postgres`. */
  async postgres(): Promise<StartedTestContainer> {
    return await this.#start(
      'postgres',
      new GenericContainer(POSTGRES_IMAGE)
        .withEnvironment({
          POSTGRES_USER: 'feedmill',
          POSTGRES_PASSWORD: PASSWORD,
          POSTGRES_DB: 'ticks',
        })
        // By TCP, since the server that the image only sets itself up with has no port.
        .withWaitStrategy(Wait.forSuccessfulCommand('pg_isready --host=127.0.0.1')),
    );
  }

  /** Brings the schema up to date, and returns when that is done. */
  async migrate(): Promise<void> {
    const program = new Program('migrate', { postgres: databaseUrl(PASSWORD) });
    await this.#start('migrate', program.withWaitStrategy(Wait.forOneShotStartup()));
  }

  /** Starts the worker of a shard, and waits until it says something. */
  async worker(shard: number, says: RegExp, password = PASSWORD): Promise<StartedTestContainer> {
    // The user of the image is another one than this process'.
    chmodSync(this.#folder, 0o777);
    const program = new Program('worker', {
      shard: String(shard),
      dir: `/data/shard-${shard}`,
      clusterId: 'of-the-image',
      postgres: databaseUrl(password),
      listen: `0.0.0.0:${PORT}`,
      http: '0.0.0.0:7500',
    });
    return await this.#start(
      `worker-${shard}`,
      program
        .withBindMounts([{ source: this.#folder, target: '/data' }])
        .withExposedPorts(PORT)
        .withWaitStrategy(Wait.forLogMessage(says)),
    );
  }

  /** Binds a producer to shard 0, whose worker keeps that on its volume. */
  async bind(worker: StartedTestContainer, producer: string): Promise<void> {
    const control = new ControlClient(`${worker.getHost()}:${worker.getMappedPort(PORT)}`);
    try {
      await control.setBindings(1, [{ producer, shard: 0, address: ADDRESS }]);
    } finally {
      control.close();
    }
  }

  /** Starts a connector, which ends when all of its source is acknowledged. */
  async connector(producer: string, source: string): Promise<StartedTestContainer> {
    const settings = { source, producer, address: ADDRESS, stateDir: '/tmp/state' };
    return await this.#start(producer, new Program('connector', settings));
  }

  async #start(name: string, container: GenericContainer): Promise<StartedTestContainer> {
    this.#network ??= await new Network().start();
    const started = await container
      .withNetwork(this.#network)
      .withNetworkAliases(name)
      .withStartupTimeout(UP_WITHIN_MS)
      .start();
    this.#started.push(started);
    return started;
  }

  /** kill -9 of all that a container runs, and a new start of it. */
  async killed(container: StartedTestContainer): Promise<void> {
    await must('docker', ['kill', '--signal=KILL', container.getId()]);
    await must('docker', ['start', container.getId()]);
  }

  /** Runs something of the image to its end, in a container that goes with it. */
  static async run(...args: readonly string[]): Promise<ShellEnd> {
    return await run('docker', ['run', '--rm', ...args]);
  }

  /** Waits until a container has ended, and returns its exit code. */
  async ends(container: StartedTestContainer): Promise<number> {
    return Number(await must('docker', ['wait', container.getId()], { withinMs: ENDED_WITHIN_MS }));
  }

  /** How many events of a producer are committed; undefined while Postgres does not answer. */
  async committed(postgres: StartedTestContainer, producer: string): Promise<number | undefined> {
    const psql = ['psql', '--user=feedmill', '--dbname=ticks', '--no-align', '--tuples-only'];
    const asked = `select max(last_sequence) from feedmill.producer where name = '${producer}'`;
    const { stdout, exitCode } = await postgres.exec([...psql, '--command', asked]);
    return exitCode === 0 ? Number(stdout) : undefined;
  }

  /** `feedmill verify`, within the worker's container. */
  async verify(worker: StartedTestContainer): Promise<LabVerdict> {
    const asked = ['feedmill', 'verify', '--json', `--worker=${ADDRESS}`];
    const { stdout, stderr } = await worker.exec([PROGRAMS, ...asked]);
    try {
      return JSON.parse(stdout) as LabVerdict;
    } catch {
      throw new Error(`feedmill verify said:\n${stdout}${stderr}`);
    }
  }

  /** Bytes of an image, all layers together. */
  static async bytes(image: string): Promise<number> {
    return Number(await must('docker', ['image', 'inspect', '--format={{.Size}}', image]));
  }

  async close(): Promise<void> {
    for (const container of this.#started.reverse()) await container.stop({ timeout: 0 });
    await this.#network?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
