// Named bounds of everything in core that grows with its input. Each says what happens at it.

/**
 * Missing ranges that are remembered for one sequence domain. A feed that loses this many separate
 * ranges without a resync is beyond repair; the oldest is then given up as never repaired.
 */
export const OPEN_HOLES_MAX = 256;

/**
 * Sequence domains with the same key (symbol or channel) that are remembered at a time: the current
 * one, redundant lines with sessions of their own, and the epoch before a reconnect. The one unused
 * longest is forgotten.
 */
export const DOMAINS_PER_KEY_MAX = 4;

/**
 * Keys of sequence domains of one producer. Feeds with more instruments than this number their
 * channels. At the bound the key made first is forgotten; its next event starts a new domain.
 */
export const DOMAIN_KEYS_MAX = 131_072;

/**
 * Trades of one producer that are kept so that a cancel or a correction can recompute their bars:
 * ten seconds of the fastest feed (200,000 a second), 117 MB. At the bound the oldest are given up:
 * their bars stay right and still take late trades, but a correction of one of their trades is
 * answered as unknown. A power of two, because trades lie in a ring.
 */
export const RETAINED_TRADES_MAX = 2_097_152;

/**
 * Separate stretches of time that are marked as incomplete, for one instrument or one feed. Only
 * those that a bar may still need are kept. At the bound the two oldest become one, which marks too
 * much rather than too little.
 */
export const QUALITY_MARKS_MAX = 64;

/**
 * How long bars may wait for late trades. The bars and trades of that time are held in memory, so
 * an hour is for slow feeds only.
 */
export const ALLOWED_LATENESS_MS_MAX = 3_600_000;

/**
 * Price levels of one side of a book. The deepest full book seen has 5,000; a venue that sends no
 * removals for levels far out would otherwise fill the memory. The worst level is dropped.
 */
export const BOOK_LEVELS_MAX = 20_000;

/**
 * Words, numbers and marks of a headline that are looked at: the longest of 10,753 real ones has
 * 29. Whoever sends an article as a headline has its beginning scored.
 */
export const HEADLINE_TOKENS_MAX = 256;

/** Entities of one headline that are kept, in the order in which they stand. */
export const HEADLINE_ENTITIES_MAX = 32;

/** What is left of the traces when a process ends is sent within this, or lost. */
export const TRACES_CLOSE_MS = 2_000;

/** One call to a worker's control service; a worker that takes longer is taken to be away. */
export const CONTROL_CALL_MS = 5_000;

/** Pause before a worker that was away is asked for its state again. */
export const CONTROL_RETRY_MS = 50;

/**
 * Meanings that one symbol of a feed has over time: a future's code that is used again every ten
 * years has three. The oldest is forgotten; events of its time become dead letters.
 */
export const SYMBOL_MEANINGS_MAX = 64;

/**
 * Compressed bytes of one version of reference data: half a million instruments. A larger one is
 * refused when it is loaded. It must fit into a journal entry that a reader can hold.
 */
export const REFERENCE_BYTES_MAX = 4 * 1024 * 1024;

/** The same uncompressed: what a worker unpacks at most. */
export const REFERENCE_UNPACKED_BYTES_MAX = 128 * 1024 * 1024;

/** Rules for signals that may be in force: each trade is held against all that fit. */
export const SIGNAL_RULES_MAX = 64;

/** Instruments of one producer that rules are held against; others have no signals. */
export const SIGNAL_INSTRUMENTS_MAX = 65_536;

/**
 * Asset pairs of which a shard keeps the best bid and offer over all venues. Those beyond are not
 * consolidated; their quotes are stored all the same.
 */
export const CONSOLIDATED_PAIRS_MAX = 65_536;

/** How often files of TLS are looked at: a Secret takes a minute or two to reach its pods. */
export const TLS_FILES_LOOK_MS = 5_000;
