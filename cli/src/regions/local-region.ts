import { mkdir } from 'node:fs/promises';
import { FeedmillError } from '@feedmill/core/errors';
import { type LocalState, LocalStateFile, readLocalState } from '../local-state.ts';
import { type ProcessIdentity, processIdentity } from '../process-identity.ts';
import { readBindingsRecord } from '../supervisor/bindings-file.ts';
import type { DeclaredSource } from '../supervisor/declared-source.ts';
import type { ProcessDeps } from '../supervisor/process-deps.ts';
import { type DrainOutcome, Supervisor } from '../supervisor/supervisor.ts';
import type { WorkerProcess } from '../supervisor/worker-process.ts';
import type { Side } from './side.ts';

const NANOS_PER_MS = 1_000_000n;

export interface LocalRegionOptions {
  readonly name: Side;
  readonly command: string;
  /** The region's own folder: one like that of `feedmill up`. */
  readonly dir: string;
  readonly clusterId: string;
  readonly shardCount: number;
  /** Producers that may send; their sources run elsewhere. */
  readonly sources: readonly DeclaredSource[];
  readonly flags: (shard: number) => readonly string[];
}

/** One of two regions on this machine: a Postgres and workers of its own. */
export class LocalRegion {
  readonly name: Side;
  readonly #options: LocalRegionOptions;
  readonly #deps: ProcessDeps;
  #supervisor: Supervisor | undefined;
  #stateFile: LocalStateFile | undefined;

  constructor(options: LocalRegionOptions, deps: ProcessDeps) {
    this.name = options.name;
    this.#options = options;
    this.#deps = deps;
  }

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

  /** Starts what is not running; goes on where it was. */
  async start(signal: AbortSignal): Promise<void> {
    const { dir, shardCount, sources, flags, clusterId, command } = this.#options;
    await mkdir(dir, { recursive: true });
    const before = await readLocalState(dir);
    const bindingsBefore = await readBindingsRecord(dir);
    const state: LocalState = {
      version: 1,
      command,
      supervisor: processIdentity(process.pid) as ProcessIdentity,
      started: this.#isoNow(),
      ...(before?.postgres && { postgres: before.postgres }),
      workers: before?.workers ?? [],
      sources: before?.sources ?? [],
    };
    this.#stateFile = new LocalStateFile(dir, state);
    await this.#stateFile.update({});
    this.#supervisor = new Supervisor(
      {
        dir,
        sources,
        shardCount,
        postgresUrl: undefined,
        workerFlags: flags,
        clusterId,
        references: [],
        hasGateway: false,
        before,
        bindingsBefore,
      },
      this.#stateFile,
      this.#deps,
    );
    await this.#supervisor.start(signal);
  }

  /** Loses it all at once: workers and Postgres are killed. */
  async lose(): Promise<void> {
    const supervisor = this.#supervisor;
    this.#supervisor = undefined;
    supervisor?.kill();
    await supervisor?.killPostgres();
  }

  /** Workers commit what they acknowledged, and end. Postgres stays until `stopPostgres`. */
  async drain(): Promise<DrainOutcome> {
    return (await this.#supervisor?.drain()) ?? { unfinished: [] };
  }

  async stopPostgres(): Promise<void> {
    await this.#supervisor?.stopPostgres();
    await this.#stateFile?.update({ stopped: this.#isoNow() });
  }

  #isoNow(): string {
    return new Date(Number(this.#deps.clock.wallNanos() / NANOS_PER_MS)).toISOString();
  }
}
