/** First size of a buffer: a commit at 20,000 events/s fits, a full batch takes five doublings. */
export const COPY_BUFFER_BYTES_MIN = 64 * 1024;

/**
 * Buffers that a CopySet keeps for reuse. A batch of live data fills one for each table; at
 * midnight or in a replay of old data there are more for a moment.
 */
export const SPARE_BUFFERS_MAX = 16;

/** A buffer that grew beyond this (a book snapshot of many levels) is let go after its batch. */
export const SPARE_BUFFER_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Partitions of one table. Planning a query over all days costs about 20 µs a partition, and a
 * feed with absurd timestamps must not fill the catalog: eleven years of days, then the rows of
 * further days share a default partition.
 */
export const PARTITIONS_MAX = 4096;
