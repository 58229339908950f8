// A stream that says nothing for three of the gateway's heartbeats (5 s) is taken for lost: the
// other end of a half-open connection never says so itself.
export const SILENCE_MS_MAX = 15_000;

// The first try comes at once or nearly so, since most losses are a restart of the gateway; the
// longest wait keeps many open pages from pressing on one that is coming back.
export const RETRY_MS_MIN = 250;
export const RETRY_MS_MAX = 10_000;

// A query that takes longer would be cut by the gateway itself.
export const REQUEST_MS_MAX = 15_000;

// How often a query is asked while the gateway says that it has too much to do, and the longest
// wait that it may ask for; then the person at the screen is told.
export const REQUEST_TRIES_MAX = 4;
export const RETRY_AFTER_MS_MAX = 5_000;

// One message of the stream; a longer one is no message of ours, and memory would grow with it.
export const MESSAGE_CHARS_MAX = 4_000_000;
