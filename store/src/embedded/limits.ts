/**
 * How long a starting server may take until it answers. After kill -9 it replays up to
 * max_wal_size (4 GiB) first, at about 100 MB/s on a slow disk.
 */
export const START_WAIT_MAX_MS = 60_000;

/**
 * How long a fast shutdown may take before it becomes an immediate one: its checkpoint writes at
 * most shared_buffers (512 MiB).
 */
export const STOP_WAIT_MAX_MS = 30_000;

/** Pause between two looks at a server that starts or stops, which takes it up to a second. */
export const POLL_INTERVAL_MS = 10;

/**
 * How long starts are tried again. A server killed a moment ago leaves backends that need up to a
 * second to notice, and is itself not gone before a disk that stalls lets it; and a free port may
 * be taken by another between finding and binding it.
 */
export const START_RETRY_MAX_MS = 60_000;

/** Pause between two such starts. */
export const START_RETRY_INTERVAL_MS = 250;

/** The server's log is set aside once, when a start finds it larger than this. */
export const LOG_BYTES_MAX = 16 * 1024 * 1024;

/** How much of the end of the server's log is read to say why it did not start. */
export const LOG_TAIL_BYTES = 4096;
