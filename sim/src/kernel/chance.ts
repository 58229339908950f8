import { type Random, seededRandom } from '@feedmill/core/random';

/** FNV-1a: the same text gives the same 32 bits everywhere. */
export function textHash(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

/**
 * Everything that is left to chance. Each subject draws from a stream of its own, named after it,
 * so that leaving one fault out changes the draws of no other.
 */
export class Chance {
  readonly random: Random;
  readonly #seed: number;
  readonly #name: string;

  constructor(seed: number, name = '') {
    this.#seed = seed;
    this.#name = name;
    this.random = seededRandom(textHash(`${seed}/${name}`));
  }

  /** The stream of another subject. */
  of(subject: string): Chance {
    return new Chance(this.#seed, `${this.#name}/${subject}`);
  }

  /** True with this probability. */
  hit(probability: number): boolean {
    return this.random() < probability;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  /** A number from `low` up to `high`. */
  between(low: number, high: number): number {
    return low + this.random() * (high - low);
  }

  /** Mostly near 0, now and then several times the mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.random());
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.random() * choices.length)];
    if (choice === undefined) throw new RangeError('there is nothing to choose from');
    return choice;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = this.int(0, last);
      [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
    }
    return shuffled;
  }
}
