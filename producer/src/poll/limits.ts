import assert from 'node:assert/strict';

/** How often an answer may be asked for: servers count requests, and nothing is that urgent. */
export const POLL_EVERY_MS_MIN = 100;
export const POLL_EVERY_MS_MAX = 86_400_000;
export const POLL_EVERY_MS_DEFAULT = 10_000;
export const NEWS_EVERY_MS_DEFAULT = 60_000;

/** First and longest wait, beside the usual one, after an answer that was none. */
export const POLL_RETRY_BASE_MS = 1_000;
export const POLL_RETRY_CAP_MS = 300_000;

/** The longest that a server's Retry-After is believed. */
export const RETRY_AFTER_MS_MAX = 3_600_000;

/**
 * Items of earlier answers that are remembered, so that each is sent once: the longest lists have
 * some thousands. Those not seen for longest are forgotten first.
 */
export const SEEN_ITEMS_MAX = 65_536;

/** Items of one answer that are read; the rest is one dead letter. */
export const ANSWER_ITEMS_MAX = 50_000;

/** Events handed to the SDK at a time. */
export const POLL_CHUNK_EVENTS_MAX = 512;

assert(ANSWER_ITEMS_MAX < SEEN_ITEMS_MAX, 'what one answer lists is remembered until the next');
