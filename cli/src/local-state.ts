import path from 'node:path';
import type { Clock } from '@feedmill/core/clock';
import Type, { type Static } from 'typebox';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import {
  type ProcessIdentity,
  ProcessIdentitySchema,
  processIdentity,
} from './process-identity.ts';

const STATE_FILE = 'feedmill.json';
const NANOS_PER_MS = 1_000_000n;

const WorkerStateSchema = Type.Object({
  shard: Type.Integer({ minimum: 0 }),
  process: Type.Optional(ProcessIdentitySchema),
  /** host:port; absent until the worker is ready. */
  grpcAddress: Type.Optional(Type.String()),
  httpAddress: Type.Optional(Type.String()),
});

const SourceStateSchema = Type.Object({
  producer: Type.String(),
  /** The SPEC with absolute paths. */
  spec: Type.String(),
  /** Absent for a producer that sends from outside. */
  process: Type.Optional(ProcessIdentitySchema),
  /** Whether it is exhausted and all of it is committed. */
  isDone: Type.Optional(Type.Boolean()),
  /** How far it was when everything stopped in order. */
  durable: Type.Optional(Type.Number()),
  committed: Type.Optional(Type.Number()),
  gaps: Type.Optional(Type.Number()),
  duplicates: Type.Optional(Type.Number()),
  deadLetters: Type.Optional(Type.Number()),
});

const GatewayStateSchema = Type.Object({
  process: Type.Optional(ProcessIdentitySchema),
  /** Of the API and the console; absent until they answer. */
  url: Type.Optional(Type.String()),
});

const WitnessStateSchema = Type.Object({
  process: Type.Optional(ProcessIdentitySchema),
  /** host:port, once it listens. */
  address: Type.Optional(Type.String()),
});

const PostgresStateSchema = Type.Object({
  /** With its password: the file is readable by its owner alone. */
  url: Type.String(),
  embedded: Type.Boolean(),
});

const LocalStateSchema = Type.Object({
  version: Type.Literal(1),
  command: Type.String(),
  supervisor: ProcessIdentitySchema,
  /** ISO 8601, UTC. */
  started: Type.String(),
  /** ISO 8601, UTC; absent while it runs, and after a kill. */
  stopped: Type.Optional(Type.String()),
  postgres: Type.Optional(PostgresStateSchema),
  workers: Type.Array(WorkerStateSchema),
  sources: Type.Array(SourceStateSchema),
  gateway: Type.Optional(GatewayStateSchema),
  /** Where the folder is that of two regions: their names, each a folder like this one in it. */
  regions: Type.Optional(Type.Array(Type.String())),
  witness: Type.Optional(WitnessStateSchema),
});

/**
 * What runs, or last ran, in a folder: processes, addresses, sources. Other commands find the
 * running one by it, and the next start finds what a killed one has left.
 */
export type LocalState = Static<typeof LocalStateSchema>;
export type WorkerState = Static<typeof WorkerStateSchema>;
export type SourceState = Static<typeof SourceStateSchema>;

/** @throws FeedmillError CONFIG_INVALID where the file is not ours */
export async function readLocalState(dir: string): Promise<LocalState | undefined> {
  return await readJsonFile(path.join(dir, STATE_FILE), LocalStateSchema);
}

/** The state of a command that starts now in a folder, given what ran there before. */
export function newLocalState(
  command: string,
  before: LocalState | undefined,
  clock: Clock,
): LocalState {
  return {
    version: 1,
    command,
    supervisor: processIdentity(process.pid) as ProcessIdentity,
    started: isoNow(clock),
    ...(before?.postgres && { postgres: before.postgres }),
    // Until ours run, those of a killed supervisor may still be there.
    workers: before?.workers ?? [],
    sources: before?.sources ?? [],
    ...(before?.gateway && { gateway: before.gateway }),
    ...(before?.regions && { regions: before.regions }),
    ...(before?.witness && { witness: before.witness }),
  };
}

/** The state file of the command that holds the folder. Updates are written one after another. */
export class LocalStateFile {
  readonly #file: string;
  #state: LocalState;
  #writing: Promise<void> = Promise.resolve();

  constructor(dir: string, initial: LocalState) {
    this.#file = path.join(dir, STATE_FILE);
    this.#state = initial;
  }

  get state(): LocalState {
    return this.#state;
  }

  /** Resolves once the change is on disk. */
  async update(change: Partial<LocalState>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    const mine = this.#writing.then(async () => {
      await writeJsonFile(this.#file, this.#state);
    });
    this.#writing = mine.catch(() => undefined);
    await mine;
  }

  /** Notes that everything has stopped in order. */
  async stopped(clock: Clock): Promise<void> {
    await this.update({ stopped: isoNow(clock) });
  }
}

const isoNow = (clock: Clock): string =>
  new Date(Number(clock.wallNanos() / NANOS_PER_MS)).toISOString();
