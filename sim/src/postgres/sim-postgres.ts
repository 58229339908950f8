import type { Chance } from '../kernel/chance.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import type { SimHost } from '../kernel/sim-host.ts';
import { SimProcess } from '../kernel/sim-process.ts';
import type { SimNetwork } from '../net/sim-network.ts';
import { Backend, type BackendServer } from './backend.ts';
import { LockTable } from './lock-table.ts';
import { PgServerError } from './pg-server-error.ts';
import type { TableSchema } from './schema.ts';
import { SimTable } from './sim-table.ts';
import type { SimPartition, StatementSession } from './statement-context.ts';
import type { Transaction } from './transaction.ts';
import type { SessionOpening, WireStep } from './wire-messages.ts';

/** How a server behaves when nothing is wrong with it. */
export interface PostgresTraits {
  readonly statementMs: number;
  readonly flushMs: number;
  readonly connectionsMax: number;
  /** From a crash until it takes connections again, ms. */
  readonly recoveryMs: number;
}

/** Looks at every transaction that is about to become visible. */
export type CommitWatch = (transaction: Transaction, applicationName: string) => void;

/** The parts that outlive a crash: tables, and the machine that the server runs on. */
export interface PostgresParts {
  readonly host: SimHost;
  readonly scheduler: Scheduler;
  readonly network: SimNetwork;
  readonly chance: Chance;
  readonly traits: PostgresTraits;
  readonly schemas: readonly TableSchema[];
  readonly onCommit: CommitWatch;
}

/** A Postgres in memory that knows the statements of Feedmill and no others. */
export class SimPostgres implements BackendServer {
  readonly address: string;
  readonly partitions = new Map<string, SimPartition>();
  readonly #parts: PostgresParts;
  readonly #tables: Map<string, SimTable>;
  #program: SimProcess;
  #locks: LockTable;
  #backends = new Set<Backend>();
  #generation = 0;
  #isStarting = false;
  /** Everything takes this many times as long. */
  slowness = 1;
  /** Share of statements that fail, and how. */
  trouble: { readonly share: number; readonly codes: readonly string[] } | undefined;
  /** Commits of shards to come whose answer is lost. */
  repliesToLose = 0;
  /** Sessions that are allowed just now. */
  connectionsMax: number;

  constructor(parts: PostgresParts) {
    this.#parts = parts;
    this.address = `${parts.host.name}:5432`;
    this.#tables = new Map(parts.schemas.map((schema) => [schema.name, new SimTable(schema)]));
    this.connectionsMax = parts.traits.connectionsMax;
    this.#locks = new LockTable(parts.scheduler);
    this.#program = this.#start();
  }

  get program(): SimProcess {
    return this.#program;
  }

  get locks(): LockTable {
    return this.#locks;
  }

  get tables(): IterableIterator<SimTable> {
    return this.#tables.values();
  }

  table(name: string): SimTable {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`the double of Postgres has no table '${name}'`);
    return table;
  }

  hasRelation(name: string): boolean {
    return this.#tables.has(name) || this.partitions.has(name);
  }

  serviceMs(steps: number): number {
    const { statementMs } = this.#parts.traits;
    return (this.#parts.chance.exponential(statementMs) + steps * 0.02) * this.slowness;
  }

  flushMs(): number {
    return this.#parts.chance.exponential(this.#parts.traits.flushMs) * this.slowness;
  }

  troubleFor(text: string): PgServerError | undefined {
    const { trouble } = this;
    if (trouble === undefined || !this.#parts.chance.hit(trouble.share)) return undefined;
    // A rollback does not fail.
    if (text.startsWith('rollback')) return undefined;
    return new PgServerError(this.#parts.chance.pick(trouble.codes), 'the server is in trouble');
  }

  committed(transaction: Transaction, backend: Backend): void {
    this.#parts.onCommit(transaction, backend.applicationName);
    transaction.apply();
    if (this.repliesToLose === 0 || !backend.applicationName.includes('-epoch-')) return;
    if ([...transaction.changes()].length === 0) return;
    this.repliesToLose -= 1;
    backend.loseClient();
  }

  gone(backend: Backend): void {
    this.#backends.delete(backend);
  }

  async endSessions(
    asking: StatementSession,
    matches: (applicationName: string) => boolean,
    waitMs: number,
  ): Promise<string[]> {
    const found = [...this.#backends].filter(
      (each) => each !== asking && matches(each.applicationName),
    );
    for (const backend of found) backend.terminate();
    const deadlineMs = this.#parts.scheduler.nowMs + waitMs;
    for (;;) {
      const stuck = found.filter((each) => this.#backends.has(each));
      if (stuck.length === 0 || this.#parts.scheduler.nowMs > deadlineMs) {
        return stuck.map(({ applicationName }) => applicationName);
      }
      await this.#program.wait(2, 'pg_sleep');
    }
  }

  /** Kills the server; it comes back by itself, with everything that was committed. */
  crash(): void {
    // It is down already.
    if (this.#program.hasEnded) return;
    const { chance, scheduler, traits } = this.#parts;
    for (const backend of this.#backends) {
      const { transaction } = backend;
      // The record of a commit under way may have come to the disk before.
      if (backend.isFlushing && transaction !== undefined && chance.hit(0.5)) {
        this.#parts.onCommit(transaction, backend.applicationName);
        transaction.apply();
      }
    }
    this.#backends = new Set();
    this.#locks = new LockTable(scheduler);
    this.#program.kill();
    scheduler.after(traits.recoveryMs * chance.between(0.2, 2), 'pg restart', () => {
      this.#program = this.#start();
      this.#isStarting = true;
      scheduler.after(chance.between(0, 300), 'pg ready', () => {
        this.#isStarting = false;
      });
    });
  }

  /** Ends a session, any one, as an administrator would. */
  terminateOne(): void {
    if (this.#backends.size > 0) this.#parts.chance.pick([...this.#backends]).terminate();
  }

  #start(): SimProcess {
    const { host, scheduler, chance, network } = this.#parts;
    this.#generation += 1;
    const name = `${host.name}#${this.#generation}`;
    const program = new SimProcess(name, host, scheduler, chance.of(name));
    network.listen(program, this.address, Number.POSITIVE_INFINITY, (socket, opening) => {
      const refusal = this.#refusal();
      if (refusal !== undefined) {
        socket.send({ kind: 'fatal', completed: 0, error: refusal }, 64);
        socket.close();
        return undefined;
      }
      const backend = new Backend(this, socket, opening as SessionOpening);
      this.#backends.add(backend);
      socket.send({ kind: 'welcome' }, 64);
      return {
        onMessage: (steps) => backend.receive(steps as readonly WireStep[]),
        onWritable: () => undefined,
        onEnd: () => backend.clientGone(),
      };
    });
    return program;
  }

  #refusal(): PgServerError | undefined {
    if (this.#isStarting) {
      return new PgServerError('57P03', 'the database system is starting up', 'FATAL');
    }
    return this.#backends.size >= this.connectionsMax
      ? new PgServerError('53300', 'sorry, too many clients already', 'FATAL')
      : undefined;
  }
}
