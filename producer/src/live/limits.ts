import assert from 'node:assert/strict';
import { BUFFER_BYTES_MAX_DEFAULT } from '../limits.ts';

/**
 * Events of a live feed that wait for the SDK to take them. It takes none while its own buffer is
 * full, which is while no worker takes them: at 10,000 events a second this is another six seconds.
 * At three quarters the sockets are no longer read, so that the venue's data wait on the way.
 */
export const QUEUE_EVENTS_MAX = 65_536;
export const QUEUE_EVENTS_PAUSED = (QUEUE_EVENTS_MAX * 3) / 4;
export const QUEUE_EVENTS_RESUMED = QUEUE_EVENTS_MAX / 2;

/**
 * How long sockets may stay unread: a venue ends a connection on which its own buffers fill or its
 * pings go unanswered. After this we end it ourselves, and say that the feed has a gap.
 */
export const PAUSE_MS_MAX = 10_000;

/** Redundant connections of one feed: more bring nothing but load, and venues count them. */
export const LINES_MAX = 8;

/** The longest message: a book of 5,000 levels a side is 0.4 MB. */
export const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

/**
 * First and longest wait before another try at a venue; the real one is drawn from 0 to the bound,
 * which doubles each time. Venues ban who comes back too often.
 */
export const RECONNECT_BASE_MS = 500;
export const RECONNECT_CAP_MS = 60_000;

/** A connection that has lasted so long starts the waits over when it is lost. */
export const STABLE_AFTER_MS = 30_000;

/** Nothing at all, not even an answer to a ping, for this long: the connection is dead. */
export const DEAD_AFTER_MS = 30_000;

/** How often a connection is asked for a sign of life where the venue has no way of its own. */
export const PING_EVERY_MS = 10_000;

/** How often a live feed looks at its clocks: silence, waiting messages, its state file. */
export const TICK_MS = 50;

/** How often what a later start must know is written. */
export const STATE_EVERY_MS = 1_000;

/** Intervals between messages that a feed's usual rhythm is taken from, and the least to judge. */
export const RHYTHM_INTERVALS = 256;
export const RHYTHM_INTERVALS_MIN = 32;

/**
 * A feed is stale when it is silent this many times longer than nearly all of its pauses (99 %),
 * and for two seconds at least: a shorter pause is the network's.
 */
export const STALE_FACTOR = 4;
export const STALE_MS_MIN = 2_000;

/** Tries at the snapshot of one book before its line is connected anew. */
export const SNAPSHOT_TRIES_MAX = 8;

/** Events handed to the SDK at a time. */
export const LIVE_CHUNK_EVENTS_MAX = 512;

assert(QUEUE_EVENTS_RESUMED < QUEUE_EVENTS_PAUSED && QUEUE_EVENTS_PAUSED < QUEUE_EVENTS_MAX);
assert(LIVE_CHUNK_EVENTS_MAX < QUEUE_EVENTS_RESUMED);
assert(PING_EVERY_MS * 2 < DEAD_AFTER_MS, 'two pings may be lost before a connection is given up');
assert(RHYTHM_INTERVALS_MIN < RHYTHM_INTERVALS);
assert(MESSAGE_BYTES_MAX <= BUFFER_BYTES_MAX_DEFAULT, 'the events of one message fit the buffer');
