import { FeedmillError } from '@feedmill/core/errors';
import type {
  Simulation,
  SimulationOutcome,
} from '@feedmill/gateway/simulation/simulation-messages';
import { withConnection } from '../folder-database.ts';
import type { ChildNotices } from './child-notices.ts';
import { ConsoleBuild } from './console-build.ts';
import type { FolderPorts } from './folder-ports.ts';
import { type GatewayListener, GatewayProcess } from './gateway-process.ts';
import { ensureLocalKey } from './local-key.ts';
import type { ProcessDeps } from './process-deps.ts';
import { consoleProgram, gatewayProgram } from './program-file.ts';
import type { WorkerProcess } from './worker-process.ts';

export interface FrontDoorOptions {
  /** Feedmill's folder. */
  readonly dir: string;
  readonly postgresUrl: string;
  readonly ports: FolderPorts;
}

/** What people come in by: the gateway with its API, the console, and the key of this folder. */
export class FrontDoor {
  readonly #options: FrontDoorOptions;
  readonly #deps: ProcessDeps;
  readonly #console = new ConsoleBuild();
  readonly #gateway: GatewayProcess;
  #key: string | undefined;
  #isClosing = false;

  constructor(options: FrontDoorOptions, deps: ProcessDeps, listener: GatewayListener) {
    this.#options = options;
    this.#deps = deps;
    const script = gatewayProgram();
    this.#gateway = new GatewayProcess({ ...options, script }, deps, listener);
  }

  /** Where the API and the console are; undefined until they first answer. */
  get url(): string | undefined {
    const { address } = this.#gateway;
    return address === undefined ? undefined : `http://${address}`;
  }

  /** The key of this folder's user; undefined until it is made. */
  get key(): string | undefined {
    return this.#key;
  }

  get pid(): number | undefined {
    return this.#gateway.process.pid;
  }

  /** Whether it opens no more. */
  get hasFailed(): boolean {
    return this.#gateway.hasFailed;
  }

  /** Starts the gateway, then builds the console where it is not built yet. */
  async open(notices: ChildNotices): Promise<void> {
    const { dir, postgresUrl } = this.#options;
    this.#key = await withConnection(
      postgresUrl,
      'gateway-key',
      async (database) => await ensureLocalKey(dir, database),
    );
    await notices.follow('gateway', this.#gateway.logFile);
    if (this.#isClosing) return;
    this.#gateway.process.start();
    await this.#showConsole();
  }

  /** Tells the gateway where the workers are now. */
  tell(workers: readonly WorkerProcess[]): void {
    this.#gateway.order({
      type: 'workers',
      workers: workers.flatMap(({ shard, ready }) =>
        ready === undefined ? [] : [{ shard, address: ready.grpcAddress }],
      ),
    });
  }

  /** Tells the gateway how the simulated markets are now. */
  showSimulations(simulations: readonly Simulation[]): void {
    this.#gateway.order({ type: 'simulations', simulations: [...simulations] });
  }

  /** Says what became of a wish. */
  answer(outcome: SimulationOutcome): void {
    this.#gateway.answer(outcome);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#console.kill();
    await this.#gateway.stop();
  }

  /** Ends it at once. */
  kill(): void {
    this.#isClosing = true;
    this.#console.kill();
    this.#gateway.process.kill();
  }

  async #showConsole(): Promise<void> {
    try {
      const folder = await this.#console.run(consoleProgram());
      this.#gateway.order({ type: 'console', folder });
    } catch (error) {
      if (!this.#isClosing) this.#deps.reporter.warn(FeedmillError.from(error).message);
    }
  }
}
