import path from 'node:path';
import { type Outcome, parseWish, type Wish } from '@feedmill/gateway/wish/wish-messages';
import { LIMITS } from '../limits.ts';
import { type GatewayReady, parseGatewayReady } from './child-message.ts';
import type { FolderPorts } from './folder-ports.ts';
import { endText, flagArguments, KeptProcess, type ProcessEnd } from './kept-process.ts';
import { listenAddress, portOf } from './loopback-port.ts';
import type { ProcessDeps } from './process-deps.ts';
import type { StandingOrder } from './steering.ts';

export interface GatewayOptions {
  /** Feedmill's folder. */
  readonly dir: string;
  readonly script: string;
  readonly postgresUrl: string;
  readonly ports: FolderPorts;
  /** Name of the region; undefined where it is the only one. */
  readonly region: string | undefined;
  /** Where the reports of drills are kept. */
  readonly drillsDir: string;
}

export interface GatewayListener {
  /** It was started, answers, or ended. */
  onProcess(): void;
  /** Somebody asks it for a change; `answer` says what became of it. */
  onWish(wish: Wish): void;
}

/**
 * The gateway: started again when it crashes, told where the workers and the console are. Data do
 * not pass through it, so one that cannot run is said, and everything else goes on.
 */
export class GatewayProcess {
  readonly process: KeptProcess;
  readonly logFile: string;
  readonly #deps: ProcessDeps;
  readonly #listener: GatewayListener;
  /** The last order of each type; a new life of the process gets them again. */
  readonly #orders = new Map<StandingOrder['type'], StandingOrder>();
  #ready: GatewayReady | undefined;
  #isUp = false;
  #crashesBeforeReady = 0;

  constructor(options: GatewayOptions, deps: ProcessDeps, listener: GatewayListener) {
    this.logFile = path.join(options.dir, 'logs', 'gateway.log');
    this.#deps = deps;
    this.#listener = listener;
    this.process = new KeptProcess(
      {
        name: 'gateway',
        script: options.script,
        args: async () => await this.#args(options),
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

  /** host:port that it last answered at; it stays the same over restarts where it can. */
  get address(): string | undefined {
    return this.#ready?.address;
  }

  /** Whether it cannot run and is not tried any more. */
  get hasFailed(): boolean {
    return this.#ready === undefined && this.#crashesBeforeReady >= LIMITS.startCrashesMax;
  }

  /** Holds until another order of the same type. */
  order(order: StandingOrder): void {
    this.#orders.set(order.type, order);
    if (this.#isUp) this.process.send(order);
  }

  /** Another life of the process than the one that has asked does not know the wish. */
  answer(outcome: Outcome): void {
    if (this.#isUp) this.process.send(outcome);
  }

  async stop(): Promise<boolean> {
    return await this.process.stop('SIGTERM', LIMITS.gatewayStopMs);
  }

  async #args({ postgresUrl, ports, region, drillsDir }: GatewayOptions): Promise<string[]> {
    const { address, httpAddress } = this.#ready ?? {};
    return flagArguments({
      postgres: postgresUrl,
      'drills-dir': drillsDir,
      ...(region !== undefined && { region }),
      listen: await listenAddress(address ? portOf(address) : ports.gateway),
      http: await listenAddress(httpAddress ? portOf(httpAddress) : ports.gatewayHttp),
    });
  }

  #onMessage(message: unknown): void {
    const wish = parseWish(message);
    if (wish !== undefined) this.#listener.onWish(wish);
    const ready = parseGatewayReady(message);
    if (ready === undefined) return;
    this.#ready = ready;
    this.#isUp = true;
    for (const order of this.#orders.values()) this.process.send(order);
    this.#listener.onProcess();
  }

  #onEnd(end: ProcessEnd): 'restart' | 'leave' {
    if (!this.#isUp) this.#crashesBeforeReady += 1;
    this.#isUp = false;
    this.#listener.onProcess();
    if (!this.hasFailed) return 'restart';
    const said = end.words === undefined ? '' : ` It said: ${end.words}`;
    this.#deps.reporter.warn(
      `There is no API and no console: the gateway did not start in ${LIMITS.startCrashesMax} ` +
        `attempts (${endText(end)}). Its log is ${this.logFile}.${said}`,
    );
    return 'leave';
  }

  #onRestart(end: ProcessEnd, delayMs: number): void {
    const said = end.words === undefined ? '' : `: ${end.words}`;
    this.#deps.reporter.warn(
      `The gateway ended with ${endText(end)} and starts again in ${Math.round(delayMs)} ms${said}`,
    );
  }
}
