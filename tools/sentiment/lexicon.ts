import type { HeadlineToken } from '@feedmill/core/news/headline-tokens';
import { SentimentLabel } from '@feedmill/proto/feedmill/v1/event_pb';

/** Words that are good or bad whatever they stand in: what a linear model has to beat. */
export class Lexicon {
  /** 1 or -1. */
  readonly #signs = new Map<string, number>();

  /** @param text of vader_lexicon.txt: `term<TAB>mean valence<TAB>…` a line */
  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [term = '', valence = ''] = line.split('\t');
      if (/^[a-z]/.test(term)) this.#signs.set(term, Math.sign(Number(valence)));
    }
  }

  get size(): number {
    return this.#signs.size;
  }

  /** Good words less bad words: its sign is the label. */
  labelOf(tokens: readonly HeadlineToken[]): SentimentLabel {
    let balance = 0;
    for (const { text } of tokens) balance += this.#signs.get(text) ?? 0;
    if (balance > 0) return SentimentLabel.POSITIVE;
    return balance < 0 ? SentimentLabel.NEGATIVE : SentimentLabel.NEUTRAL;
  }
}
