import { mkdir } from 'node:fs/promises';
import { FeedmillError } from '@feedmill/core/errors';
import { type FolderLock, lockFolder } from '../folder-lock.ts';
import { LocalStateFile, newLocalState, readLocalState } from '../local-state.ts';
import type { ReferenceFile } from '../reference/load-reference.ts';
import { readBindingsRecord } from '../supervisor/bindings-file.ts';
import type { DeclaredSource } from '../supervisor/declared-source.ts';
import type { FolderPorts } from '../supervisor/folder-ports.ts';
import type { ProcessDeps } from '../supervisor/process-deps.ts';
import type { Steering } from '../supervisor/steering.ts';
import { type DrainOutcome, Supervisor } from '../supervisor/supervisor.ts';
import type { WorkerProcess } from '../supervisor/worker-process.ts';
import type { Side } from './side.ts';

export interface LocalRegionOptions {
  readonly name: Side;
  readonly command: string;
  /** The region's own folder: one like that of `feedmill up`. */
  readonly dir: string;
  /** That of the other region. */
  readonly peerDir: string;
  readonly clusterId: string;
  readonly shardCount: number;
  /** Producers that may send; their sources run elsewhere. */
  readonly sources: readonly DeclaredSource[];
  readonly references: readonly ReferenceFile[];
  readonly hasGateway: boolean;
  readonly drillsDir: string;
  /** What can be changed in both regions. */
  readonly steering?: Steering;
  readonly ports: FolderPorts;
  readonly flags: (shard: number) => readonly string[];
}

/** One of two regions on this machine: a Postgres and workers of its own. */
export class LocalRegion {
  readonly name: Side;
  readonly dir: string;
  readonly #options: LocalRegionOptions;
  readonly #deps: ProcessDeps;
  #lock: FolderLock | undefined;
  #supervisor: Supervisor | undefined;
  #stateFile: LocalStateFile | undefined;

  constructor(options: LocalRegionOptions, deps: ProcessDeps) {
    this.name = options.name;
    this.dir = options.dir;
    this.#options = options;
    this.#deps = deps;
  }

  /** @throws FeedmillError NOT_RUNNING */
  get supervisor(): Supervisor {
    if (this.#supervisor !== undefined) return this.#supervisor;
    throw new FeedmillError('NOT_RUNNING', `Region ${this.name} does not run.`);
  }

  get isRunning(): boolean {
    return this.#supervisor !== undefined;
  }

  get workers(): readonly WorkerProcess[] {
    return this.#supervisor?.workers ?? [];
  }

  get postgresUrl(): string {
    return this.supervisor.postgresUrl ?? '';
  }

  shardOf(producer: string): number | undefined {
    return this.#supervisor?.shardOf(producer);
  }

  /** Last sequence of a producer that is known to be in this region's Postgres. */
  committedOf(producer: string): number {
    return this.#supervisor?.committedOf(producer) ?? 0;
  }

  /** Starts what is not running; goes on where it was. */
  async start(signal: AbortSignal): Promise<void> {
    const { command, dir, peerDir, flags, steering, ...options } = this.#options;
    const { clock } = this.#deps;
    await mkdir(dir, { recursive: true });
    this.#lock = await lockFolder(dir, command, clock);
    const before = await readLocalState(dir);
    // A region that has lost its folder binds as the other one does.
    const bindingsBefore = (await readBindingsRecord(dir)) ?? (await readBindingsRecord(peerDir));
    this.#stateFile = new LocalStateFile(dir, newLocalState(command, before, clock));
    await this.#stateFile.update({});
    this.#supervisor = new Supervisor(
      {
        ...options,
        dir,
        postgresUrl: undefined,
        workerFlags: flags,
        ...(steering !== undefined && { pair: { region: this.name, steering } }),
        hasConnectors: false,
        before,
        bindingsBefore,
      },
      this.#stateFile,
      this.#deps,
    );
    await this.#supervisor.start(signal);
  }

  /** Ends everything of it at once. */
  kill(): void {
    this.#supervisor?.kill();
  }

  /** Loses it all at once: workers and Postgres are killed. */
  async lose(): Promise<void> {
    const supervisor = this.#supervisor;
    this.#supervisor = undefined;
    supervisor?.kill();
    await supervisor?.killPostgres();
    await this.#release();
  }

  /** Workers commit what they acknowledged, and end. Postgres stays until `stopPostgres`. */
  async drain(): Promise<DrainOutcome> {
    return (await this.#supervisor?.drain()) ?? { unfinished: [] };
  }

  async stopPostgres(): Promise<void> {
    await this.#supervisor?.stopPostgres();
    await this.#stateFile?.stopped(this.#deps.clock);
    await this.#release();
  }

  async #release(): Promise<void> {
    await this.#lock?.release();
    this.#lock = undefined;
  }
}
