/** How long a connection may take to open, an HTTP request to be answered. */
export const CONNECT_TIMEOUT_MS = 10_000;
export const REQUEST_TIMEOUT_MS = 10_000;

/** The longest answer by HTTP: the instrument lists of the largest venues have some megabytes. */
export const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
