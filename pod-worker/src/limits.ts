import assert from 'node:assert/strict';

const MIB = 1024 * 1024;

/** Bounds of a worker. Each names what happens when it is reached. */
export const LIMITS = {
  /** Largest serialized batch; a larger one is refused with RESOURCE_EXHAUSTED. */
  batchBytesMaxDefault: 4 * MIB,
  /** Unacknowledged batch bytes a producer may have under way. Several round trips' worth. */
  bytesInFlightMax: 8 * MIB,
  /** A stream that has not said Hello by then ends with DEADLINE_EXCEEDED. */
  helloTimeoutMs: 5_000,
  /** A producer may ask for heartbeats, but not for more of them than this. */
  heartbeatMsMin: 20,
  /** Concurrent Publish streams of a worker; more are refused with RESOURCE_EXHAUSTED. */
  streamsMax: 512,
  /** Journal segment size. One segment holds half a minute at 20,000 events/s. */
  segmentBytes: 64 * MIB,
  /** One group commit writes at most this much before it syncs: bounds the wait of the first. */
  groupBytesMax: 4 * MIB,
  /** Appended but not yet synced; beyond it the streams are paused. */
  unsyncedBytesMax: 32 * MIB,
  /** Durable entries kept in memory for the processors; beyond it they read the disk. */
  tailBytesMax: 32 * MIB,
  /**
   * How far the journal may run ahead of a sink that keeps committing. Beyond it the streams are
   * paused, so that receiving does not take the processor away from committing, and everything is
   * still in memory. A sink that is stuck or cut off pauses nobody: then the journal takes it all.
   */
  aheadBytesMax: 16 * MIB,
  /** A sink that has not committed for this long counts as stuck. */
  sinkStuckMs: 1_000,
  /** How much a reader takes from disk at a time. It holds two batches of the default size. */
  readAheadBytes: 9 * MIB,
  /** Batches whose traces are followed at a time; further ones are not traced in the worker. */
  tracesOpenMax: 1_024,
  /** Rows of one sink transaction: large enough for COPY's pace, small enough for its latency. */
  sinkRowsMax: 16_384,
  /** Bytes of one sink transaction. */
  sinkBytesMax: 8 * MIB,
  /** Events processed in one turn of the event loop (below 1 ms), so that acks go on. */
  eventsPerTurnMax: 512,
  /** With Postgres idle, a transaction starts as soon as it has this many events. */
  sinkRowsEager: 4_096,
  /** Below this share of the budget a worker that was full accepts again. */
  journalResumeShare: 0.9,
  /** Longest text that is part of a key or shown in a list (ids, names). */
  textBytesMax: 1024,
  /** Event time may be ahead of ours by this much (clocks differ, days do not). */
  tsEventAheadMaxMs: 86_400_000,
  /**
   * A process that stood still for longer asks Postgres whether its shard is still its own before
   * it acknowledges anything: less than anyone needs to take it, more than a collector's pause.
   */
  stallMs: 500,
  /** Sink lag from which a shard counts as Lagging, and from which it is logged as an error. */
  laggingMs: 1_000,
  /** How often a checkpoint is taken: a start replays at most so much. */
  checkpointIntervalMs: 30_000,
  /** Reconnecting to Postgres: first delay and cap of the backoff. */
  sinkRetryBaseMs: 50,
  sinkRetryCapMs: 2_000,
  /** How often a worker looks whether reference data were loaded. */
  referencePollMs: 1_000,
  /** How soon an idle shard notices that a quote is over its age. */
  idleTickMs: 1_000,
  /** Instruments and pairs that one call of Latest may name: the answer takes below 1 ms. */
  latestNamesMax: 1_024,
  /** Alerts that are delivered at a time; others wait in Postgres. */
  alertsUnderWayMax: 32,
  /** A webhook that has not answered by then is tried again. */
  alertTimeoutMs: 10_000,
  /** Waits between attempts: their bound at first, and at most. */
  alertRetryBaseMs: 1_000,
  alertRetryCapMs: 60_000,
  /** Then an alert is given up: after a quarter of an hour, in the mean. */
  alertAttemptsMax: 40,
  /** Readers that may follow a shard; more are refused with RESOURCE_EXHAUSTED. */
  liveSubscribersMax: 16,
  /** Newest entries kept for them, while there are any; who needs older ones reads the disk. */
  liveRingBytesMax: 8 * MIB,
  /** A reader that is further behind gets the newest of each symbol instead of everything. */
  liveBacklogBytesMax: 256 * 1024,
  /** Symbols and kinds of which a slow reader's newest is kept; others are left out. */
  liveConflatedKeysMax: 20_000,
  /** Producers, kinds and symbols that one reader may name. */
  liveFilterEntriesMax: 1_024,
  /** Derived rows in one response: it stays far below gRPC's 4 MiB. */
  derivedRowsMax: 4_096,
  /** Entries for the follower that wait in memory; beyond it they are read from disk. */
  replicaQueueBytesMax: 8 * MIB,
  /** Sent to the follower and not confirmed: what a link of 100 MB/s and 80 ms holds. */
  replicaWindowBytes: 8 * MIB,
  /** Entries in one message to the follower; compressed in a millisecond. */
  replicaMessageBytes: 256 * 1024,
  /** Largest message that a follower takes: one entry of the largest batch. */
  replicaMessageBytesMax: 12 * MIB,
  /** Up to this share of its budget the journal is kept for a standby that is away. */
  replicaJournalShare: 0.5,
  /** A standby that lacks no more is waited for again. */
  replicaCloseBytes: 1 * MIB,
  /** A standby that is there, and holds up producers for longer, counts as lost. */
  standbyWaitMs: 1_000,
  /** A call to the witness; it answers within a few milliseconds. */
  witnessCallMs: 300,
  /** Pause between two requests for the same change of the register. */
  witnessAskMs: 30,
  /** A worker that stops waits so long for the other region to hold the rest. */
  regionDrainMs: 2_000,
  /** How often a region looks whether it has to do something. */
  regionTickMs: 25,
  /** Retry delay told to a producer that is refused because the journal is full. */
  fullRetryMs: 1_000,
} as const;

/** The bounds that a worker runs with: LIMITS, or smaller ones where reaching them is the point. */
export type WorkerLimits = { readonly [Name in keyof typeof LIMITS]: number };

/** Bounds that are options. */
export interface ConfiguredBounds {
  readonly batchBytesMax: number;
  readonly segmentBytes: number;
}

/** The relations that the code relies on. Called once at start. */
export function assertLimits(limits: WorkerLimits, configured: ConfiguredBounds): void {
  const { batchBytesMax, segmentBytes } = configured;
  assert(batchBytesMax + 1024 <= segmentBytes, 'a batch must fit into one segment');
  assert(batchBytesMax * 2 <= limits.readAheadBytes, 'a reader must hold the largest entry');
  assert(limits.groupBytesMax <= limits.unsyncedBytesMax);
  assert(limits.aheadBytesMax < limits.tailBytesMax, 'a paused stream leaves all in memory');
  assert(limits.unsyncedBytesMax <= limits.segmentBytes);
  assert(limits.liveBacklogBytesMax < limits.liveRingBytesMax, 'who falls behind is still held');
  assert(limits.bytesInFlightMax >= batchBytesMax, 'one batch must fit into the credit');
}
