/** The longest headline; what a feed writes beyond it is an article, and is cut. */
export const HEADLINE_CHARS_MAX = 2_000;
