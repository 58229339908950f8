import { FeedmillError } from '@feedmill/core/errors';
import type { Outcome } from '@feedmill/gateway/wish/wish-messages';
import { withConnection } from '../folder-database.ts';
import type { ChildNotices } from './child-notices.ts';
import { ConsoleBuild } from './console-build.ts';
import { type GatewayListener, type GatewayOptions, GatewayProcess } from './gateway-process.ts';
import { ensureLocalKey } from './local-key.ts';
import type { ProcessDeps } from './process-deps.ts';
import { consoleProgram, gatewayProgram } from './program-file.ts';
import type { StandingOrder } from './steering.ts';
import type { WorkerProcess } from './worker-process.ts';

export type FrontDoorOptions = Omit<GatewayOptions, 'script'>;

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

  /** Tells the gateway how things are that can be changed by way of it. */
  show(orders: readonly StandingOrder[]): void {
    for (const order of orders) this.#gateway.order(order);
  }

  /** Says what became of a wish. */
  answer(outcome: Outcome): void {
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
