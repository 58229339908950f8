import type { ScheduledEvent } from '../kernel/event-heap.ts';
import type { SimProcess } from '../kernel/sim-process.ts';
import type { SimSocket } from '../net/sim-socket.ts';
import type { LockTable } from './lock-table.ts';
import { PgServerError } from './pg-server-error.ts';
import type { SqlRow } from './sql-value.ts';
import type { StatementRun, StatementServer, StatementSession } from './statement-context.ts';
import { statementOf, transactionControlOf } from './statement-registry.ts';
import { Transaction } from './transaction.ts';
import type { ServerReply, SessionOpening, StatementResult, WireStep } from './wire-messages.ts';

/** What a session needs of its server. */
export interface BackendServer extends StatementServer {
  readonly program: SimProcess;
  readonly locks: LockTable;
  /** What the next message takes, ms. */
  serviceMs(steps: number): number;
  /** What making a commit durable takes, ms. */
  flushMs(): number;
  /** A statement to be failed instead of run, as a server in trouble does. */
  troubleFor(text: string): PgServerError | undefined;
  hasRelation(name: string): boolean;
  /** The transaction is durable and becomes visible. */
  committed(transaction: Transaction, backend: Backend): void;
  /** The session is over. */
  gone(backend: Backend): void;
}

const NO_ROWS: StatementResult = { rows: [], rowCount: 0 };

/** One session of the server. Its messages are worked on one after another. */
export class Backend implements StatementSession {
  applicationName: string;
  lockTimeoutMs: number;
  readonly #server: BackendServer;
  readonly #socket: SimSocket;
  readonly #opening: SessionOpening;
  readonly #prepared = new Map<string, { readonly text: string; readonly run: StatementRun }>();
  readonly #queue: WireStep[] = [];
  #isWorking = false;
  #hasEnded = false;
  #transaction: Transaction | undefined;
  /** Opened by BEGIN, and thus open beyond the next sync. */
  #isExplicit = false;
  #hasFailed = false;
  #isFlushing = false;
  #isTerminated = false;
  #isClientGone = false;
  #error: PgServerError | undefined;
  #completed = 0;
  #result: StatementResult = NO_ROWS;
  #cancelled = false;
  #statementTimer: ScheduledEvent | undefined;
  #idleTimer: ScheduledEvent | undefined;

  constructor(server: BackendServer, socket: SimSocket, opening: SessionOpening) {
    this.#server = server;
    this.#socket = socket;
    this.#opening = opening;
    this.applicationName = opening.applicationName;
    this.lockTimeoutMs = opening.lockTimeoutMs;
  }

  get isFlushing(): boolean {
    return this.#isFlushing;
  }

  get transaction(): Transaction | undefined {
    return this.#transaction;
  }

  receive(steps: readonly WireStep[]): void {
    if (this.#hasEnded) return;
    this.#cancelTimer('idle');
    this.#queue.push(...steps);
    if (!this.#isWorking) void this.#work();
  }

  /** The client is gone: noticed once everything that has come from it is done. */
  clientGone(): void {
    this.#isClientGone = true;
    if (!this.#isWorking) this.#end();
  }

  /** As pg_terminate_backend: a commit that is being made durable is finished first. */
  terminate(): void {
    this.#isTerminated = true;
    if (!this.#isFlushing) this.#end(terminated());
  }

  /** The connection breaks before anything more is said. */
  loseClient(): void {
    this.#socket.end('reset');
    this.#socket.peer?.end('reset');
    this.clientGone();
  }

  #end(error?: PgServerError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const transaction = this.#transaction;
    if (transaction !== undefined) {
      this.#server.locks.interrupt(transaction, error ?? terminated());
      transaction.end();
      this.#transaction = undefined;
    }
    this.#cancelTimer('idle');
    this.#cancelTimer('statement');
    if (error !== undefined) this.#reply({ kind: 'fatal', completed: this.#completed, error });
    this.#socket.close();
    this.#server.gone(this);
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#queue.length > 0 && !this.#hasEnded) {
      await this.#server.program.wait(this.#server.serviceMs(this.#queue.length), 'pg statement');
      for (let step = this.#queue.shift(); step !== undefined; step = this.#queue.shift()) {
        if (this.#hasEnded) return;
        if (step.kind === 'sync') await this.#sync();
        else if (this.#error === undefined) await this.#perform(step);
        if (this.#isTerminated) this.#end(terminated());
      }
    }
    this.#isWorking = false;
    if (this.#isClientGone) this.#end();
  }

  async #perform(step: Exclude<WireStep, { kind: 'sync' }>): Promise<void> {
    this.#statementTimer ??= this.#server.program.scheduler.after(
      this.#opening.statementTimeoutMs,
      'pg statement timeout',
      () => this.#cancel(),
    );
    try {
      if (step.kind === 'parse') {
        this.#parse(step.name, step.text);
        return;
      }
      if (this.#cancelled) throw timedOut();
      const text = step.kind === 'query' ? step.text : this.#preparedText(step.statement);
      const trouble = this.#server.troubleFor(text);
      if (trouble !== undefined) throw trouble;
      await this.#run(text, step);
      this.#completed += 1;
    } catch (error) {
      if (!(error instanceof PgServerError)) throw error;
      this.#error = error;
      this.#hasFailed = this.#isExplicit;
      if (error.severity === 'FATAL') this.#end(error);
    }
  }

  async #run(text: string, step: Extract<WireStep, { kind: 'query' | 'execute' }>): Promise<void> {
    const control = transactionControlOf(text);
    if (control === undefined) {
      if (this.#hasFailed) throw inFailedTransaction();
      this.#transaction ??= this.#newTransaction();
      const run = step.kind === 'query' ? statementOf(text) : this.#preparedRun(step.statement);
      const copyData = step.kind === 'execute' ? step.copyData : undefined;
      const context = { server: this.#server, session: this, transaction: this.#transaction };
      const rows: readonly SqlRow[] = await run(context, step.values, copyData);
      this.#result = { rows, rowCount: rows.length };
      return;
    }
    this.#result = NO_ROWS;
    switch (control) {
      case 'begin':
        this.#transaction ??= this.#newTransaction();
        this.#isExplicit = true;
        return;
      case 'commit':
        await this.#commit();
        return;
      case 'rollback':
        this.#endTransaction();
        return;
      case 'rollback to savepoint':
        if (this.#transaction === undefined) throw inFailedTransaction();
        this.#transaction.rollbackToSavepoint();
        this.#transaction.releaseSavepoint();
        this.#hasFailed = false;
    }
  }

  /** What failed is told, and a transaction that no BEGIN has opened ends. */
  async #sync(): Promise<void> {
    const error = this.#error;
    if (!this.#isExplicit) {
      if (error === undefined) await this.#commit();
      else this.#endTransaction();
    }
    if (this.#hasEnded) return;
    this.#cancelTimer('statement');
    this.#cancelled = false;
    this.#error = undefined;
    const [completed, result] = [this.#completed, this.#result];
    this.#completed = 0;
    this.#result = NO_ROWS;
    this.#reply({ kind: 'ready', completed, result, error });
    if (!this.#isExplicit) return;
    this.#idleTimer = this.#server.program.scheduler.after(
      this.#opening.idleInTransactionTimeoutMs,
      'pg idle in transaction',
      () => this.#end(new PgServerError('25P03', 'idle in transaction for too long', 'FATAL')),
    );
  }

  async #commit(): Promise<void> {
    const transaction = this.#transaction;
    if (transaction !== undefined && !this.#hasFailed) {
      const hasChanges = [...transaction.changes()].length > 0;
      if (hasChanges) {
        this.#isFlushing = true;
        await this.#server.program.wait(this.#server.flushMs(), 'pg flush');
        this.#isFlushing = false;
      }
      this.#server.committed(transaction, this);
    }
    this.#endTransaction();
  }

  #endTransaction(): void {
    this.#transaction?.end();
    this.#transaction = undefined;
    this.#isExplicit = false;
    this.#hasFailed = false;
  }

  #newTransaction(): Transaction {
    return new Transaction(this.applicationName, this.#server.locks);
  }

  #parse(name: string, text: string): void {
    const target = /^copy feedmill\.(\w+) /.exec(text)?.[1];
    if (target !== undefined && !this.#server.hasRelation(target)) {
      throw new PgServerError('42P01', `relation "feedmill.${target}" does not exist`);
    }
    const run = transactionControlOf(text) === undefined ? statementOf(text) : () => [];
    this.#prepared.set(name, { text, run });
  }

  #preparedText(name: string): string {
    const found = this.#prepared.get(name);
    if (found === undefined) throw notPrepared(name);
    return found.text;
  }

  #preparedRun(name: string): StatementRun {
    const found = this.#prepared.get(name);
    if (found === undefined) throw notPrepared(name);
    return found.run;
  }

  #cancel(): void {
    this.#statementTimer = undefined;
    this.#cancelled = true;
    const transaction = this.#transaction;
    if (transaction !== undefined) this.#server.locks.interrupt(transaction, timedOut());
  }

  #reply(reply: ServerReply): void {
    this.#socket.send(reply, 64 + ('result' in reply ? reply.result.rowCount * 64 : 0));
  }

  #cancelTimer(which: 'idle' | 'statement'): void {
    const timer = which === 'idle' ? this.#idleTimer : this.#statementTimer;
    if (timer !== undefined) this.#server.program.scheduler.cancel(timer);
    if (which === 'idle') this.#idleTimer = undefined;
    else this.#statementTimer = undefined;
  }
}

const terminated = (): PgServerError =>
  new PgServerError('57P01', 'terminating connection due to administrator command', 'FATAL');

const timedOut = (): PgServerError =>
  new PgServerError('57014', 'canceling statement due to statement timeout');

const inFailedTransaction = (): PgServerError =>
  new PgServerError('25P02', 'current transaction is aborted');

const notPrepared = (name: string): PgServerError =>
  new PgServerError('26000', `prepared statement "${name}" does not exist`);
