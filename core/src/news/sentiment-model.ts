import type { SentimentLabel } from '@feedmill/proto/feedmill/v1/event_pb';
import type { HeadlineToken } from './headline-tokens.ts';

/** A run of tokens: `first` to `last`, both included. */
export interface TokenSpan {
  readonly first: number;
  readonly last: number;
}

/** What a headline says about somebody. */
export interface Sentiment {
  readonly label: SentimentLabel;
  /** -1 (bad for certain) to 1 (good for certain). */
  readonly score: number;
}

/**
 * Scores headlines. Rows are compared between regions and replays, so a model must be a pure
 * function of its arguments, to the last bit on every machine: it says so by id and version, and
 * whatever changes a score changes the version.
 */
export interface SentimentModel {
  readonly id: string;
  readonly version: string;
  /**
   * @param tokens of the headline
   * @param target who is spoken of; undefined: the headline as a whole
   * @param others who else is
   */
  score(
    tokens: readonly HeadlineToken[],
    target: TokenSpan | undefined,
    others: readonly TokenSpan[],
  ): Sentiment;
}
