import type { Epoch, Position } from '@feedmill/core/brand';
import type { Clock } from '@feedmill/core/clock';
import type { Disk } from '@feedmill/core/disk';
import type { FeedmillError } from '@feedmill/core/errors';
import type { SentimentModel } from '@feedmill/core/news/sentiment-model';
import type { ReferenceKind } from '@feedmill/core/reference/reference-set';
import type { SavedStates } from '@feedmill/store/checkpoint/save-states';
import type { AlertRecord } from '@feedmill/store/queries/signals';
import type { ShardSession } from '@feedmill/store/shard-session/shard-session';
import type { ProducerPast } from './adopter.ts';
import type { Webhook } from './alert/alert-courier.ts';
import type { Checkpoint } from './checkpoint/checkpoint-file.ts';
import type { WorkerConfig } from './config.ts';
import type { WorkerLimits } from './limits.ts';
import type { BatchTraces } from './observe/batch-traces.ts';
import type { WorkerMetrics } from './observe/worker-metrics.ts';
import type { StoredInstrument } from './process/known-instrument.ts';
import type { ReferenceVersion } from './process/reference-version.ts';
import type { RegionLinks } from './region/region-links.ts';
import type { WorkerDoors } from './worker-doors.ts';

export interface WorkerLog {
  info(fields: object, sentence: string): void;
  warn(fields: object, sentence: string): void;
  error(fields: object, sentence: string): void;
}

/** Who has a shard and how far it is committed; 0 and 0 where nobody ever had it. */
export interface ShardStanding {
  readonly epoch: number;
  readonly position: Position;
}

/** Postgres, as a worker uses it beside its sink. */
export interface WorkerStore {
  /** How the shard stands in Postgres, without touching it; waits while Postgres is away. */
  readStanding(): Promise<ShardStanding>;
  /** Every instrument that was ever defined. */
  readInstruments(): Promise<StoredInstrument[]>;
  /**
   * Takes the shard with a new epoch, if it still has this one; waits while Postgres is away.
   *
   * @returns undefined where an earlier process of this worker, whose volume this is, has taken it
   *   meanwhile: its request was still on the way. The shard is to be looked at again.
   * @throws FeedmillError FENCED where somebody else has taken it meanwhile
   */
  acquire(expectedEpoch: number): Promise<ShardSession | undefined>;
  /** The newest checkpoint that was kept; undefined where there is none. */
  readCheckpoint(): Promise<SavedStates | undefined>;
  /** The newest version of each kind of reference data that is above what is known. */
  readReferences(known: ReadonlyMap<ReferenceKind, number>): Promise<ReferenceVersion[]>;
  /** What is known of a producer that may have lived on another shard. */
  readPast(producerId: bigint): Promise<ProducerPast>;
  /** The epoch that the shard has now; asked once, without patience. */
  standingEpoch(): Promise<number>;
  /** Keeps a checkpoint beside the committed rows. */
  saveCheckpoint(epoch: Epoch, checkpoint: Checkpoint): Promise<void>;
  /** The same, before anything else can go on; waits while Postgres is away. */
  saveFirstCheckpoint(epoch: Epoch, checkpoint: Checkpoint): Promise<void>;
  /** Committed alerts of the shard that nothing became of yet; asked once, without patience. */
  readPendingAlerts(underWay: readonly string[], limit: number): Promise<AlertRecord[]>;
  close(): Promise<void>;
}

/** What a worker gets from its surroundings. */
export interface WorkerDeps {
  readonly config: WorkerConfig;
  readonly limits: WorkerLimits;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly doors: WorkerDoors;
  readonly store: WorkerStore;
  readonly metrics: WorkerMetrics;
  /** Follows batches that are sampled; undefined: nobody does. */
  readonly traces?: BatchTraces | undefined;
  readonly log: WorkerLog;
  /** The ways to the other region and to the witness; undefined: the shard lives in one region. */
  readonly regionLinks?: RegionLinks | undefined;
  /** Scores news; undefined: nothing does. */
  readonly sentimentModel: SentimentModel | undefined;
  /** Tells somebody of alerts; undefined: nobody is told. */
  readonly webhook: Webhook | undefined;
  /** Lets other work of the event loop go first. */
  readonly yieldTurn: () => Promise<void>;
  /** Disk budget of the journal, bytes. */
  readonly journalBytesMax: number;
  /** Ends the process because of a failure that it cannot survive. */
  readonly fail: (error: FeedmillError) => void;
}
