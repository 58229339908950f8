/**
 * How far a live simulation may fall behind the clock before its time jumps to now. A market does
 * not wait for a slow reader either; without the jump a reader that is slower than the rate would
 * be handed ever older events and never catch up.
 */
export const LAG_MS_MAX = 5_000;

/**
 * Jumps of event time that are remembered, so that an event asked for a second time keeps its
 * time. Older ones concern events that were acknowledged long ago.
 */
export const TIME_ANCHORS_MAX = 256;

/** Events a second: beyond it two events would have one time, at a tenth of a microsecond. */
export const RATE_MAX = 10_000_000;

/** One event in a thousand seconds; thousandths are what event times are computed in. */
export const RATE_MIN = 0.001;

/** Share of events that may be one of the purposeful faults; beyond, nothing regular is left. */
export const FAULT_SHARE_MAX = 0.1;
