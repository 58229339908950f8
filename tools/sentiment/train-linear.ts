import { CLASSES, type LinearWeights } from '@feedmill/core/news/linear-model';
import { softmax3 } from '@feedmill/core/news/logistic';
import type { Example } from './examples.ts';

export interface TrainingOptions {
  readonly bits: number;
  /** How often each example is seen. */
  readonly passes: number;
  readonly learningRate: number;
  /** How strongly weights are drawn to 0. */
  readonly regularisation: number;
  readonly seed: number;
}

const CLASS_COUNT = CLASSES.length;
const WEIGHT_MAX = 127;

/**
 * Multinomial logistic regression by AdaGrad (Duchi et al., 2011), one example at a time in an
 * order that follows from the seed. Exact arithmetic all the way: training again gives the
 * same bytes.
 */
export function trainLinear(
  examples: readonly Example[],
  { bits, passes, learningRate, regularisation, seed }: TrainingOptions,
): Omit<LinearWeights, 'id' | 'version'> {
  const size = 2 ** bits * CLASS_COUNT;
  const weights = new Float64Array(size);
  const squares = new Float64Array(size).fill(1e-8);
  const biases = new Float64Array(CLASS_COUNT);
  const biasSquares = new Float64Array(CLASS_COUNT).fill(1e-8);
  const logits = new Float64Array(CLASS_COUNT);
  const shares = new Float64Array(CLASS_COUNT);
  const order = examples.map((_, index) => index);
  const random = lcg(seed);
  for (let pass = 0; pass < passes; pass += 1) {
    shuffle(order, random);
    for (const index of order) {
      const { features, label } = examples[index] as Example;
      const value = 1 / Math.sqrt(features.length);
      logits.set(biases);
      for (const feature of features) {
        for (let at = 0; at < CLASS_COUNT; at += 1) {
          (logits[at] as number) += value * (weights[feature * CLASS_COUNT + at] as number);
        }
      }
      softmax3(logits, shares);
      for (let at = 0; at < CLASS_COUNT; at += 1) {
        const error = (shares[at] as number) - (at === label ? 1 : 0);
        biasSquares[at] = (biasSquares[at] as number) + error * error;
        (biases[at] as number) -= (learningRate * error) / Math.sqrt(biasSquares[at] as number);
        for (const feature of features) {
          const where = feature * CLASS_COUNT + at;
          const slope = error * value + regularisation * (weights[where] as number);
          const square = (squares[where] as number) + slope * slope;
          squares[where] = square;
          (weights[where] as number) -= (learningRate * slope) / Math.sqrt(square);
        }
      }
    }
  }
  return { bits, biases: [...biases], ...quantised(weights) };
}

/** Weights as whole steps of one byte. */
function quantised(weights: Float64Array): { scale: number; weights: Int8Array } {
  let largest = 0;
  for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
  const scale = largest === 0 ? 1 : largest / WEIGHT_MAX;
  return { scale, weights: Int8Array.from(weights, (weight) => Math.round(weight / scale)) };
}

/** A linear congruential generator (Numerical Recipes): integers below 2^32. */
function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}

/** Fisher and Yates' shuffle, in place. */
function shuffle(items: number[], random: () => number): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor((random() / 2 ** 32) * (last + 1));
    const item = items[last] as number;
    items[last] = items[other] as number;
    items[other] = item;
  }
}
