/**
 * Bytes of what was received that a rejected event keeps, as many as a dead letter does: whole
 * frames but for books.
 */
export const REJECTED_RAW_BYTES_MAX = 4_096;

/** Characters that say what was wrong: a sentence, with the beginning of what was seen. */
export const REJECTED_DETAIL_CHARS_MAX = 300;

/**
 * Book changes of one instrument that wait for its snapshot. A REST snapshot takes a second or two;
 * the fastest books send a hundred messages a second. At the bound the oldest is forgotten, and a
 * snapshot that would need it does not make the book whole.
 */
export const DELTAS_WAITING_MAX = 1_024;

/**
 * Identities of events that are remembered over redundant lines: minutes of a busy feed. At the
 * bound the oldest is forgotten; a copy that comes later than that counts as another event, which
 * only the venue's own number, where it has one, still tells the worker.
 */
export const ARBITER_KEYS_MAX = 65_536;

/**
 * Messages of a numbered line that wait for the ones before them. dYdX is known to send a message
 * up to 15 places late.
 */
export const REORDER_MESSAGES_MAX = 16;

/**
 * Events of a channel over redundant lines that wait for what another line may still bring: one
 * line may be ahead of another by whole bursts, so that the time alone decides.
 */
export const REORDER_LINES_EVENTS_MAX = 4_096;

/** How long they wait at most: a quote held back for longer is worse than one out of order. */
export const REORDER_WAIT_NANOS_MAX = 250_000_000n;
