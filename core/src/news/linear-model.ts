import { SentimentLabel } from '@feedmill/proto/feedmill/v1/event_pb';
import type { HeadlineToken } from './headline-tokens.ts';
import { LinearFeatures } from './linear-features.ts';
import { softmax3 } from './logistic.ts';
import type { Sentiment, SentimentModel, TokenSpan } from './sentiment-model.ts';

/** The order of the classes in weights and biases. */
export const CLASSES = [
  SentimentLabel.POSITIVE,
  SentimentLabel.NEUTRAL,
  SentimentLabel.NEGATIVE,
] as const;

const POSITIVE = 0;
const NEGATIVE = 2;

/** What a linear model consists of. */
export interface LinearWeights {
  readonly id: string;
  readonly version: string;
  /** There are 2^bits features. */
  readonly bits: number;
  /** What one step of a weight is worth. */
  readonly scale: number;
  /** Of each class. */
  readonly biases: readonly number[];
  /** Of each feature, the weight of each class. */
  readonly weights: Int8Array;
}

/**
 * A linear model over words and pairs of words: the weights of a headline's features, added up,
 * over the root of their number, say how likely each label is.
 */
export class LinearModel implements SentimentModel {
  readonly id: string;
  readonly version: string;
  readonly #weights: LinearWeights;
  readonly #features: LinearFeatures;
  readonly #logits = new Float64Array(CLASSES.length);
  readonly #shares = new Float64Array(CLASSES.length);

  constructor(weights: LinearWeights) {
    this.id = weights.id;
    this.version = weights.version;
    this.#weights = weights;
    this.#features = new LinearFeatures(weights.bits);
  }

  score(
    tokens: readonly HeadlineToken[],
    target: TokenSpan | undefined,
    others: readonly TokenSpan[],
  ): Sentiment {
    const { weights, scale, biases } = this.#weights;
    const { features } = this.#features;
    this.#features.extract(tokens, target, others);
    const { count } = this.#features;
    // Sums of small integers, so that their order makes no difference.
    let positive = 0;
    let neutral = 0;
    let negative = 0;
    for (let index = 0; index < count; index += 1) {
      const at = (features[index] as number) * CLASSES.length;
      positive += weights[at] as number;
      neutral += weights[at + 1] as number;
      negative += weights[at + 2] as number;
    }
    const factor = scale / Math.sqrt(Math.max(1, count));
    const logits = this.#logits;
    logits[0] = positive * factor + (biases[0] ?? 0);
    logits[1] = neutral * factor + (biases[1] ?? 0);
    logits[2] = negative * factor + (biases[2] ?? 0);
    softmax3(logits, this.#shares);
    const shares = this.#shares;
    return {
      label: labelOf(logits),
      score: (shares[POSITIVE] as number) - (shares[NEGATIVE] as number),
    };
  }
}

/** The likeliest label; of two that are equally likely the one nearer to neutral. */
function labelOf(logits: Float64Array): SentimentLabel {
  const [positive = 0, neutral = 0, negative = 0] = logits;
  if (positive > neutral && positive > negative) return SentimentLabel.POSITIVE;
  if (negative > neutral && negative > positive) return SentimentLabel.NEGATIVE;
  return SentimentLabel.NEUTRAL;
}
