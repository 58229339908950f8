import assert from 'node:assert/strict';

const MIB = 1024 * 1024;

/** Bounds of the live stream. Each names what happens when it is reached. */
export const LIVE_LIMITS = {
  /** Streams of all clients, and of one key; more are refused with 503 and 429. */
  liveStreamsMax: 4_096,
  liveStreamsPerKeyMax: 1_024,
  /** Topics of one stream, and their characters; more are refused with 422. */
  liveTopicsMax: 200,
  liveTopicCharsMax: 200,
  /** What a text message of a client on a WebSocket may have; a longer one closes it. */
  liveCommandBytesMax: 32 * 1024,
  /** Newest messages kept for those who fall behind or come back; older ones are in the journal. */
  liveLogBytesMax: 64 * MIB,
  liveLogEntriesMax: 200_000,
  /** A client that is further behind gets the newest of each key instead of everything. */
  liveBehindBytesMax: 1 * MIB,
  /** Keys of which a slow client's newest is kept; what is beyond is counted as left out. */
  liveConflatedKeysMax: 20_000,
  /** Bytes handed to a socket at a time. */
  liveChunkBytesMax: 64 * 1024,
  /** What has been silent for so long says that it is there. Clients wait for three of them. */
  liveHeartbeatMs: 5_000,
  /** A client that takes nothing for so long is cut. */
  liveStuckMs: 60_000,
  /** Clients that read a shard's journal at once; more are told to come again. */
  liveCatchUpsMax: 6,
  /** How long shards are followed when the last client has gone. */
  liveLingerMs: 60_000,
  /** How long a client waits until the shards are followed. */
  liveOpeningMs: 2_000,
  /** Waits between tries to follow a worker that is away. */
  liveRetryMs: 50,
  liveRetryMaxMs: 1_000,
} as const;

export type LiveLimits = { readonly [Name in keyof typeof LIVE_LIMITS]: number };

/** The relations that the code relies on. Called once at start. */
export function assertLiveLimits(limits: LiveLimits): void {
  assert(limits.liveBehindBytesMax < limits.liveLogBytesMax, 'who falls behind is still held');
  assert(limits.liveChunkBytesMax <= limits.liveBehindBytesMax);
  assert(limits.liveHeartbeatMs < limits.liveStuckMs);
  assert(limits.liveRetryMs <= limits.liveRetryMaxMs);
}
