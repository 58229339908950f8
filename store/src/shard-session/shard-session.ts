import assert from 'node:assert/strict';
import { asEpoch, asPosition, type Epoch, type Position } from '@feedmill/core/brand';
import type { Clock } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type pg from 'pg';
import { type Connect, connect as connectToServer, unavailable } from '../connection/connect.ts';
import { pgErrorKind, SQLSTATE_UNDEFINED_TABLE, sqlStateOf } from '../connection/pg-error.ts';
import { dayOf, monthOf, type Period } from '../copy/period.ts';
import { copyStatement } from '../copy/tables.ts';
import { Partitions } from '../partitions/partitions.ts';
import { type ProducerRecord, selectProducersOfShard } from '../queries/progress.ts';
import { stepsAfterCopies } from './batch-steps.ts';
import { CarefulCopyError, copyCarefully, type RefusedEvent } from './careful-copy.ts';
import type { CommitBatch, CommitOutcome } from './commit-batch.ts';
import { type AcquireOptions, openSession, raiseEpoch, reopen } from './epoch.ts';
import { COMMIT_TIMEOUT_MS } from './limits.ts';
import { type PipelineResult, type PipelineStep, prepareAll, runPipeline } from './pipeline.ts';
import { type RawOf, withDeadLetters } from './refused-events.ts';
import { BEGIN, RELEASE } from './statements.ts';

/** What settle() found out about a batch. */
export type Settlement = 'committed' | 'not-committed';

/**
 * One connection that writes for one shard under one epoch. At most one commit runs at a time.
 *
 * After an outcome `retryable` or `unknown` call settle(): it reconnects where the connection was
 * lost and tells whether the batch is in.
 */
export class ShardSession {
  readonly shard: number;
  readonly epoch: Epoch;
  readonly #options: AcquireOptions;
  readonly #clock: Clock;
  readonly #connect: Connect;
  readonly #partitions = new Partitions();
  #client: pg.Client;
  #prepared = new Set<string>();
  #position: Position;
  #isCommitting = false;

  private constructor(
    options: AcquireOptions,
    client: pg.Client,
    epoch: number,
    position: number,
    clock: Clock,
    connect: Connect,
  ) {
    this.shard = options.shard;
    this.#options = options;
    this.#client = client;
    this.#clock = clock;
    this.#connect = connect;
    this.epoch = asEpoch(epoch);
    this.#position = asPosition(position);
  }

  /**
   * Takes the shard: raises its epoch, then ends the sessions of lower epochs and waits until they
   * are gone. When this returns, nothing of an older holder can be committed any more.
   *
   * @throws FeedmillError FENCED (`expectedEpoch` does not stand), STORE_INCOMPATIBLE (the database
   *   serves another cluster) or STORE_UNAVAILABLE
   */
  static async acquire(
    options: AcquireOptions,
    clock: Clock,
    connect: Connect = connectToServer,
  ): Promise<ShardSession> {
    const client = await openSession(options, connect);
    try {
      const { epoch, position } = await raiseEpoch(client, options);
      return new ShardSession(options, client, epoch, position, clock, connect);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  /** Last position that is known to be committed. */
  get position(): Position {
    return this.#position;
  }

  /** Producers whose events this shard has committed last. */
  async producers(): Promise<ProducerRecord[]> {
    try {
      return await selectProducersOfShard(this.#client, this.shard);
    } catch (error) {
      throw unavailable(this.#options.url, error);
    }
  }

  /**
   * Commits a batch in one transaction and one round trip. Partitions that are missing are made
   * before.
   */
  async commit(batch: CommitBatch): Promise<CommitOutcome> {
    return this.#exclusively(async () => {
      const failure = await this.#makeReady(batch);
      if (failure !== undefined) return this.#outcomeOf(failure);
      const steps: PipelineStep[] = [{ statement: BEGIN.name, values: [] }];
      for (const { target, copy } of this.#copiesOf(batch)) {
        steps.push({ statement: target, values: [], copyData: copy.finish() });
      }
      steps.push(...stepsAfterCopies(batch, this));
      return this.#finish(batch, steps, 0);
    });
  }

  /**
   * Commits a batch that Postgres refused as a whole: the events whose rows it refuses become dead
   * letters, the others are stored, in one transaction.
   *
   * @throws FeedmillError STORE_REJECTED where something else than a row is at fault
   */
  async commitCarefully(batch: CommitBatch, rawOf?: RawOf): Promise<CommitOutcome> {
    return this.#exclusively(async () => {
      const failure = await this.#makeReady(batch);
      if (failure !== undefined) return this.#rejectFinally(this.#outcomeOf(failure));
      const refused: RefusedEvent[] = [];
      try {
        await this.#client.query(BEGIN.text);
        for (const { target, copy } of this.#copiesOf(batch)) {
          refused.push(...(await copyCarefully(this.#client, target, copy)));
        }
      } catch (thrown) {
        const cause = thrown instanceof CarefulCopyError ? thrown.cause : thrown;
        const error = cause instanceof Error ? cause : new Error(String(cause));
        await this.#rollBack();
        return this.#rejectFinally(this.#outcomeOf({ ok: false, completedSteps: 0, error }));
      }
      const rest = withDeadLetters(batch, refused, rawOf);
      const outcome = await this.#finish(rest, stepsAfterCopies(rest, this), refused.length);
      return this.#rejectFinally(outcome);
    });
  }

  /**
   * Finds out whether a batch is committed, after any outcome that left it open. Ends what the old
   * connection may still run, reconnects, and reads the position in a write of its own, so that
   * the answer is as durable as the database itself.
   *
   * @throws FeedmillError FENCED (a newer epoch holds the shard) or STORE_UNAVAILABLE (try again)
   */
  async settle(batch: CommitBatch): Promise<Settlement> {
    return this.#exclusively(async () => {
      this.#client.connection.stream.destroy();
      const { client, position } = await reopen(this.#options, this.epoch, this.#connect);
      this.#client = client;
      this.#prepared = new Set();
      this.#position = asPosition(position);
      // Saving states alone does not move the position; doing it twice changes nothing.
      if (position === batch.fromPosition) return 'not-committed';
      if (position === batch.toPosition) return 'committed';
      throw new FeedmillError(
        'FENCED',
        `Shard ${this.shard} stands at position ${position} in Postgres; epoch ${this.epoch} ` +
          `left it at ${batch.fromPosition} or ${batch.toPosition}. Another writer was here.`,
      );
    });
  }

  /** Marks the shard as given up, after the last commit of a planned move. */
  async release(): Promise<void> {
    try {
      await this.#client.query(RELEASE, [this.shard, this.epoch]);
    } catch (error) {
      throw unavailable(this.#options.url, error);
    }
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }

  async #exclusively<T>(run: () => Promise<T>): Promise<T> {
    assert(!this.#isCommitting, 'a shard session runs one commit at a time');
    this.#isCommitting = true;
    try {
      return await run();
    } finally {
      this.#isCommitting = false;
    }
  }

  /** The buffers with rows and the name of the COPY that takes each. */
  *#copiesOf(batch: CommitBatch) {
    for (const { table, day, copy } of batch.copies.copies) {
      if (copy.rowCount === 0) continue;
      const target = day === undefined ? table : this.#partitions.targetOf(table, day);
      assert(target !== undefined, `no partition of ${table} was made`);
      yield { table, target, copy };
    }
  }

  /** Makes partitions and prepares COPY statements that this connection has not met yet. */
  async #makeReady(batch: CommitBatch): Promise<PipelineResult | undefined> {
    try {
      for (const { table, day, copy } of batch.copies.copies) {
        if (day === undefined || copy.rowCount === 0) continue;
        await this.#partitions.ensure(this.#client, table, day);
      }
      for (const day of daysOf(batch.cbbos)) {
        await this.#partitions.ensure(this.#client, 'cbbo', day);
      }
      for (const day of daysOf(batch.signals)) {
        await this.#partitions.ensure(this.#client, 'signal', day);
      }
      const months = new Map(batch.bars.map(({ tsEvent }) => monthEntry(tsEvent)));
      for (const month of months.values()) {
        await this.#partitions.ensure(this.#client, 'bar', month);
      }
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      return { ok: false, completedSteps: 0, error };
    }
    const missing = [...this.#copiesOf(batch)].filter(({ target }) => !this.#prepared.has(target));
    if (missing.length === 0) return undefined;
    const result = await prepareAll(
      this.#client,
      missing.map(({ table, target }) => ({ name: target, text: copyStatement(table, target) })),
    );
    if (!result.ok) return result;
    for (const { target } of missing) this.#prepared.add(target);
    return undefined;
  }

  async #finish(
    batch: CommitBatch,
    steps: readonly PipelineStep[],
    deadLetters: number,
  ): Promise<CommitOutcome> {
    const result = await this.#runWithTimeout(steps);
    if (result.ok) {
      this.#position = batch.toPosition;
      return { kind: 'committed', deadLetters };
    }
    // From the last step on, the commit, its loss no longer tells whether it took place.
    const mayBeCommitted =
      result.completedSteps >= steps.length - 1 || sqlStateOf(result.error) === undefined;
    if (mayBeCommitted) return { kind: 'unknown', error: result.error };
    await this.#rollBack();
    return this.#outcomeOf(result);
  }

  async #runWithTimeout(steps: readonly PipelineStep[]): Promise<PipelineResult> {
    const { stream } = this.#client.connection;
    // A server or network that went silent: closing our end makes the pipeline fail.
    const timer = this.#clock.schedule(COMMIT_TIMEOUT_MS, () => {
      stream.destroy(new Error(`no answer to a commit within ${COMMIT_TIMEOUT_MS} ms`));
    });
    try {
      return await runPipeline(this.#client, steps);
    } finally {
      this.#clock.cancel(timer);
    }
  }

  #outcomeOf(result: PipelineResult): CommitOutcome {
    assert(!result.ok, 'only a failure has to be classified');
    const { error } = result;
    if (sqlStateOf(error) === SQLSTATE_UNDEFINED_TABLE) {
      // Someone dropped a partition that we made; the next attempt makes it again.
      this.#partitions.forget();
      return { kind: 'retryable', error };
    }
    switch (pgErrorKind(error)) {
      case 'fenced':
        return { kind: 'fenced', message: error.message };
      case 'retryable':
        return { kind: 'retryable', error };
      case 'data':
      case 'fault':
        return { kind: 'rejected', error };
    }
  }

  /** After commitCarefully there is nothing left to try with data that is refused. */
  #rejectFinally(outcome: CommitOutcome): CommitOutcome {
    if (outcome.kind !== 'rejected') return outcome;
    throw new FeedmillError(
      'STORE_REJECTED',
      `Postgres refuses a commit of shard ${this.shard}, and no single event is the cause: ` +
        outcome.error.message,
      { cause: outcome.error },
    );
  }

  /** The connection may be gone; then so is the transaction. */
  async #rollBack(): Promise<void> {
    await this.#client.query('rollback').catch(() => undefined);
  }
}

/** The days of rows that are in the order of the journal. */
function* daysOf(rows: readonly { readonly tsInit: bigint }[]): Generator<Period> {
  let day: Period | undefined;
  for (const { tsInit } of rows) {
    if (day !== undefined && (day.end === undefined || tsInit < day.end)) continue;
    day = dayOf(tsInit);
    yield day;
  }
}

function monthEntry(tsEvent: bigint): [string, Period] {
  const month = monthOf(tsEvent);
  return [month.name, month];
}
