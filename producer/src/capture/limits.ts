/**
 * Events a source hands over at a time. Large enough that the cost of an async step is spread
 * thin, small enough that the SDK's buffer, counted in bytes, is never overshot by much.
 */
export const CHUNK_EVENTS_MAX = 512;

/**
 * The longest line of a capture, in bytes. A full book of 5,000 levels a side is 0.4 MB; beyond
 * ten times that the file is not a capture, and reading on would take memory without end.
 */
export const LINE_BYTES_MAX = 4 * 1024 * 1024;

/** Bytes read, and bytes unpacked, at a time: past 64 KiB nothing gets faster, only bigger. */
export const READ_BYTES = 64 * 1024;

/**
 * The longest metadata of a DBN file, in bytes: a million symbols with their mappings. Beyond, the
 * file is damaged, and reading on would take memory without end.
 */
export const METADATA_BYTES_MAX = 256 * 1024 * 1024;
