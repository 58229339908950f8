import assert from 'node:assert/strict';

/**
 * Every bound of the producer's side. Each has its reason above it; those that a user may want to
 * move are defaults of an option, the rest are fixed.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Bytes of encoded batches that wait for their durable acknowledgement. At 200,000 events/s of 75
 * bytes it is one second, which outlasts the restart of a worker's connection.
 */
export const BUFFER_BYTES_MAX_DEFAULT = 16 * MIB;

/**
 * Events of one batch. From about this number on the cost of a gRPC message no longer shows
 * beside that of its events, and one batch is still acknowledged within a millisecond.
 */
export const BATCH_EVENTS_MAX_DEFAULT = 1024;

/**
 * A batch is closed at this size though the worker would take larger ones: it stays a small part
 * of the worker's credit, so that several are on their way at a time.
 */
export const BATCH_BYTES_SEALED = 256 * KIB;

/**
 * As long as fewer batches than this are unacknowledged, a batch is sent however small it is;
 * beyond, events gather until a batch is full or an acknowledgement comes. A slow feed has the
 * shortest delay that way and a fast one large batches, without a timer (RFC 896 in principle).
 */
export const EAGER_BATCHES_IN_FLIGHT_MAX = 4;

/**
 * First and longest wait before another try at a lost worker; the real one is drawn from 0 to the
 * bound, which doubles each time. A worker that was respawned is found within a moment, and a
 * thousand producers do not come back at the same instant.
 */
export const BACKOFF_BASE_MS = 50;
export const BACKOFF_CAP_MS = 2_000;

/** A worker may tell a producer to stay away for this long and no longer. */
export const PUSHBACK_MS_MAX = 60_000;

/** Redirects followed at once; two workers that point at each other must not be asked in a ring. */
export const REDIRECTS_MAX = 5;

/** A stream with unacknowledged events on which nothing is heard for this long is given up. */
export const ACK_SILENCE_MS_DEFAULT = 10_000;

/**
 * With a second region: how often the worker is asked for a sign of life, and how long it may give
 * none. Three heartbeats; the pauses of a busy machine are shorter.
 */
export const HEARTBEAT_MS = 100;
export const REGION_SILENCE_MS = 300;

/**
 * Between two tries while one region takes over from the other, which takes some 600 ms; the real
 * wait is half of it up to one and a half. After so many tries both regions are gone for longer.
 */
export const HUNT_DELAY_MS = 40;
export const HUNTS_MAX = 250;

/** How long one worker may take to answer Locate, and after how long the next is asked as well. */
export const LOCATE_TIMEOUT_MS = 2_000;
export const LOCATE_HEDGE_MS = 100;

/** Worker addresses given to a producer: more than a cluster has regions times shards to ask. */
export const LOCATE_ADDRESSES_MAX = 64;

/** A producer that nobody knows (yet) is refused for good after this time; 0: at once. */
export const NOT_FOUND_GRACE_MS_DEFAULT = 0;

/** Calls of publish() that may wait behind one another; each holds its caller's events. */
export const PUBLISHES_WAITING_MAX = 64;

/** Calls of flush() and flushCommitted() that may wait. */
export const FLUSHES_WAITING_MAX = 1024;

/**
 * Batches whose commit is awaited for its latency; beyond, a batch is measured together with the
 * one before it. One megabyte.
 */
export const COMMIT_TIMINGS_MAX = 32 * KIB;

/**
 * Events encoded before the event loop gets a turn. Without it a source that never waits would
 * fill the whole buffer before the first byte reaches the socket. About 8 ms.
 */
export const TURN_EVENTS_MAX = 8 * KIB;

/**
 * Writes handed to gRPC that have not reached the socket: one on its way and one behind it, so
 * that the socket never idles and everything else still gathers into larger batches.
 */
export const WRITES_PENDING_MAX = 2;

/** How long the worker may take to answer the orderly end of a stream. */
export const CLOSE_TIMEOUT_MS = 1_000;

/** Largest message a worker sends to a producer: Welcome, Ack and Nack are far smaller. */
export const RESPONSE_BYTES_MAX = 64 * KIB;

/** How long a connector that is told to stop waits for the durable acknowledgement of the rest. */
export const STOP_FLUSH_MS_MAX = 10_000;

/** How often a connector reports to its parent: as often as a status block is drawn. */
export const REPORT_INTERVAL_MS_DEFAULT = 250;

/**
 * Reports that the rate is measured over: two seconds at the default interval, long enough to be
 * steady and short enough to follow.
 */
export const RATE_SAMPLES_MAX = 8;

/** A connector may be started before its producer is declared to the workers; it waits so long. */
export const CONNECTOR_NOT_FOUND_GRACE_MS_DEFAULT = 30_000;

// The relations that the code relies on.
assert(BATCH_BYTES_SEALED * EAGER_BATCHES_IN_FLIGHT_MAX <= BUFFER_BYTES_MAX_DEFAULT);
assert(BATCH_EVENTS_MAX_DEFAULT <= TURN_EVENTS_MAX, 'one batch is encoded in one turn');
assert(BACKOFF_BASE_MS <= BACKOFF_CAP_MS && BACKOFF_CAP_MS <= PUSHBACK_MS_MAX);
assert(LOCATE_HEDGE_MS < LOCATE_TIMEOUT_MS, 'the next worker is asked before one is given up');
assert(HEARTBEAT_MS * 3 <= REGION_SILENCE_MS);
assert(CLOSE_TIMEOUT_MS < STOP_FLUSH_MS_MAX);
