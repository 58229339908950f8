import assert from 'node:assert/strict';

/** First and longest wait before a connection is opened again, and when waits start over. */
export const TCP_RETRY_BASE_MS = 500;
export const TCP_RETRY_CAP_MS = 30_000;
export const TCP_STABLE_AFTER_MS = 30_000;

/** How often a connection looks at its clocks. */
export const TCP_TICK_MS = 50;

/** The longest line, and the longest FIX message: a refresh of a book of 20,000 levels. */
export const LINE_BYTES_MAX = 1024 * 1024;
export const FIX_BYTES_MAX = 4 * 1024 * 1024;

/** Seconds between FIX heartbeats. */
export const HEARTBEAT_S_DEFAULT = 30;
export const HEARTBEAT_S_MAX = 3_600;

/** How long the other side may take to answer a logon. */
export const LOGON_MS_MAX = 10_000;

/**
 * Messages that may wait for those before them, while these are sent again. At the bound the
 * connection is opened anew, and everything from the gap on is asked for again.
 */
export const FIX_HELD_MAX = 10_000;

/**
 * Stretches of FIX messages with equally many events each of which is known where their events
 * stand in the stream: thousands of batches on the way, or hours of fills with heartbeats between.
 */
export const FIX_RUNS_MAX = 16_384;

/** Entries of one market data message. */
export const FIX_ENTRIES_MAX = 50_000;

assert(LINE_BYTES_MAX < FIX_BYTES_MAX);
