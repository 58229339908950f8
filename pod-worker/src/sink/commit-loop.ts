import { asPosition, type Position } from '@feedmill/core/brand';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { ShardSession } from '@feedmill/store/shard-session/shard-session';
import type { Checkpoint } from '../checkpoint/checkpoint-file.ts';
import type { JournalCursor } from '../journal/journal-cursor.ts';
import type { WorkerLimits } from '../limits.ts';
import type { BatchTraces } from '../observe/batch-traces.ts';
import type { WorkerMetrics } from '../observe/worker-metrics.ts';
import type { ShardProcessor } from '../process/shard-processor.ts';
import { RowBatch } from './row-batch.ts';
import type { Signal } from './signal.ts';

/** The part of a store session that the sink uses. */
export type SinkSession = Pick<ShardSession, 'commit' | 'commitCarefully' | 'settle'>;

export interface CommitLoopOptions {
  readonly clock: Clock;
  readonly cursor: JournalCursor;
  readonly processor: ShardProcessor;
  /** Where Postgres stands; entries up to there are processed, and their rows thrown away. */
  readonly committed: Position;
  readonly session: SinkSession;
  readonly metrics: WorkerMetrics;
  /** Follows batches that are sampled; undefined: nobody does. */
  readonly traces: BatchTraces | undefined;
  /** Told whenever an entry became durable. */
  readonly wake: Signal;
  readonly checkpointIntervalMs: number;
  readonly limits: WorkerLimits;
  /** Lets other work of the event loop go first. */
  readonly yieldTurn: () => Promise<void>;
  /** Called after each commit with what it committed; valid during the call. */
  readonly onCommitted: (batch: RowBatch) => void;
  /** Called with a checkpoint when everything up to it is committed: save it, then trim. */
  readonly onCheckpoint: (checkpoint: Checkpoint) => void;
  readonly log: {
    warn(fields: object, sentence: string): void;
    info(fields: object, sentence: string): void;
  };
}

/**
 * Reads durable entries, lets the processors turn them into rows, and commits these. Two batches
 * take turns: while Postgres works on one, the other is filled. Under load batches grow by
 * themselves, since more has gathered when the one before is done.
 */
export class CommitLoop {
  readonly #options: CommitLoopOptions;
  #building = new RowBatch();
  #spare: RowBatch | undefined = new RowBatch();
  #committing: Promise<void> | undefined;
  #committedPosition: Position;
  #stopping = false;
  #failure: FeedmillError | undefined;
  #breakerOpen = false;
  #waitingSinceMs: number | undefined;
  #lastCommitMs = 0;
  #nextCheckpointMs: number;
  #pendingCheckpoint: Checkpoint | undefined;
  /** Position of the newest checkpoint that was taken. */
  #checkpointedThrough: Position;

  constructor(options: CommitLoopOptions) {
    this.#options = options;
    this.#committedPosition = options.committed;
    this.#checkpointedThrough = options.processor.position;
    this.#building.reset(options.processor.position);
    this.#nextCheckpointMs = options.clock.monotonicMs() + options.checkpointIntervalMs;
  }

  get committedPosition(): Position {
    return this.#committedPosition;
  }

  /** Whether Postgres is taken to be unreachable. */
  get breakerOpen(): boolean {
    return this.#breakerOpen;
  }

  /** Whether commits come through: one has ended a short while ago, or none is under way. */
  get isMoving(): boolean {
    if (this.#committing === undefined) return true;
    return (
      this.#options.clock.monotonicMs() - this.#lastCommitMs < this.#options.limits.sinkStuckMs
    );
  }

  /** Age of the oldest entry that is durable but not committed, ms. */
  get lagMs(): number {
    if (this.#waitingSinceMs === undefined) return 0;
    return this.#options.clock.monotonicMs() - this.#waitingSinceMs;
  }

  /** Commits everything that is durable, with a checkpoint, and then ends `run`. */
  stop(): void {
    this.#stopping = true;
    this.#options.wake.raise();
  }

  /** The last checkpoint could not be saved: the next one is taken though nothing has come. */
  forgetCheckpoint(): void {
    this.#checkpointedThrough = asPosition(0);
  }

  /** Asks for a checkpoint now, also where no events come. */
  requestCheckpoint(): void {
    this.#nextCheckpointMs = 0;
    this.#options.wake.raise();
  }

  /**
   * Runs until stopped and drained.
   *
   * @throws FeedmillError FENCED, JOURNAL_CORRUPT or STORE_REJECTED: the process must end
   */
  async run(): Promise<void> {
    const { wake, limits } = this.#options;
    for (;;) {
      const woken = wake.next();
      await this.#fill();
      if (this.#failure !== undefined) throw this.#failure;
      this.#takeCheckpoint();
      if (this.#building.isEmpty) {
        if (this.#stopping && this.#committing === undefined && !this.#options.cursor.behind)
          return;
        await Promise.race([woken, this.#committing ?? woken]);
      } else if (this.#committing === undefined) {
        this.#startCommit();
      } else if (isFull(this.#building, limits)) {
        await this.#committing;
      } else {
        await Promise.race([woken, this.#committing]);
      }
    }
  }

  /** Processes what is durable, until the batch is full or nothing is left. */
  async #fill(): Promise<void> {
    const { cursor, processor, clock, limits, traces } = this.#options;
    let eventsThisTurn = 0;
    while (!isFull(this.#building, limits)) {
      const entry = cursor.next();
      if (entry === undefined) {
        if (!cursor.behind) return;
        await cursor.fill();
        continue;
      }
      this.#waitingSinceMs ??= clock.monotonicMs();
      if (this.#building.isEmpty) this.#building.sinceMs = clock.monotonicMs();
      const span = traces?.apply(entry.position);
      processor.process(entry, this.#building);
      span?.end(clock.monotonicMs());
      if (entry.position <= this.#committedPosition) this.#building.reset(entry.position);
      eventsThisTurn += entry.eventCount;
      if (eventsThisTurn < limits.eventsPerTurnMax) continue;
      eventsThisTurn = 0;
      // With Postgres idle, rows should be on their way rather than gather here.
      if (this.#committing === undefined && this.#building.eventCount >= limits.sinkRowsEager)
        return;
      await this.#options.yieldTurn();
    }
  }

  #takeCheckpoint(): void {
    const { clock, processor, checkpointIntervalMs } = this.#options;
    const isDue = clock.monotonicMs() >= this.#nextCheckpointMs;
    const isLast = this.#stopping && !this.#options.cursor.behind;
    if ((!isDue && !isLast) || this.#pendingCheckpoint !== undefined) return;
    // Without new events too: a full journal is waiting for it and lets no event in.
    if (processor.position === this.#checkpointedThrough) return;
    this.#checkpointedThrough = processor.position;
    this.#nextCheckpointMs = clock.monotonicMs() + checkpointIntervalMs;
    const checkpoint = processor.checkpoint();
    this.#pendingCheckpoint = checkpoint;
    this.#releaseCheckpoint();
  }

  /** Hands the checkpoint out as soon as everything up to it is committed. */
  #releaseCheckpoint(): void {
    const checkpoint = this.#pendingCheckpoint;
    if (checkpoint === undefined || checkpoint.position > this.#committedPosition) return;
    this.#pendingCheckpoint = undefined;
    this.#options.onCheckpoint(checkpoint);
  }

  #startCommit(): void {
    const batch = this.#building;
    const next = this.#spare as RowBatch;
    this.#spare = undefined;
    this.#building = next;
    next.reset(batch.toPosition);
    this.#committing = this.#commit(batch).then(
      () => {
        this.#committing = undefined;
        this.#spare = batch;
        this.#options.wake.raise();
      },
      (error: unknown) => {
        this.#failure = FeedmillError.from(error);
        this.#options.wake.raise();
      },
    );
  }

  async #commit(batch: RowBatch): Promise<void> {
    const { clock, metrics, traces } = this.#options;
    const startedMs = clock.monotonicMs();
    await this.#commitUntilDone(batch);
    const endedMs = clock.monotonicMs();
    traces?.committed(batch.toPosition, startedMs, endedMs);
    metrics.sinkCommitSeconds.observe((endedMs - startedMs) / 1000);
    metrics.sinkRows.observe(batch.eventCount);
    this.#lastCommitMs = endedMs;
    this.#committedPosition = batch.toPosition;
    if (!this.#building.isEmpty) this.#waitingSinceMs = this.#building.sinceMs;
    else this.#waitingSinceMs = this.#options.cursor.behind ? startedMs : undefined;
    this.#options.onCommitted(batch);
    this.#releaseCheckpoint();
  }

  /** Tries until the batch is committed; gives up only where trying again cannot help. */
  async #commitUntilDone(batch: RowBatch): Promise<void> {
    const { session, metrics, log } = this.#options;
    const commitBatch = batch.commitBatch();
    let isCareful = false;
    for (let attempt = 0; ; attempt += 1) {
      const outcome = isCareful
        ? await session.commitCarefully(commitBatch)
        : await session.commit(commitBatch);
      if (outcome.kind === 'committed') {
        this.#setBreaker(false);
        return;
      }
      metrics.sinkFailures.inc({ outcome: outcome.kind });
      switch (outcome.kind) {
        case 'fenced':
          throw new FeedmillError('FENCED', outcome.message);
        case 'rejected':
          log.warn(
            { error: outcome.error.message, to: batch.toPosition },
            'Postgres refused a batch; its rows are tried one by one.',
          );
          isCareful = true;
          break;
        case 'retryable':
        case 'unknown':
          if (await this.#settle(batch, outcome.error, attempt)) return;
      }
    }
  }

  /** Waits until Postgres answers again; true when it turns out that the batch is committed. */
  async #settle(batch: RowBatch, cause: Error, attempt: number): Promise<boolean> {
    const { session, clock, limits, log } = this.#options;
    log.warn({ error: cause.message, attempt }, 'A commit did not get its answer; settling it.');
    for (let retry = 0; ; retry += 1) {
      try {
        const settled = (await session.settle(batch.commitBatch())) === 'committed';
        if (this.#breakerOpen) log.info({}, 'Postgres is back; the journal drains.');
        if (settled) this.#setBreaker(false);
        return settled;
      } catch (error) {
        const failure = FeedmillError.from(error);
        if (!failure.retryable) throw failure;
        this.#setBreaker(true);
        const delayMs = Math.min(limits.sinkRetryBaseMs * 2 ** retry, limits.sinkRetryCapMs);
        await sleep(clock, delayMs);
      }
    }
  }

  #setBreaker(open: boolean): void {
    if (this.#breakerOpen === open) return;
    this.#breakerOpen = open;
    this.#options.metrics.breakerOpen.set(open ? 1 : 0);
    if (open) this.#options.log.warn({}, 'Postgres is unreachable; events go to the journal only.');
  }
}

function isFull(batch: RowBatch, { sinkRowsMax, sinkBytesMax }: WorkerLimits): boolean {
  return batch.eventCount >= sinkRowsMax || batch.copies.byteLength >= sinkBytesMax;
}
