import { randomInt } from 'node:crypto';
import { type Random, seededRandom } from '@feedmill/core/random';
import { say } from './say.ts';

const SEED_MAX = 2 ** 31;

/** Random choices of one test, all from one seed that is printed. */
export class Chance {
  readonly seed: number;
  readonly #random: Random;

  /** The seed is FEEDMILL_E2E_SEED where that is set, so that a failure can be had again. */
  constructor(name: string) {
    this.seed = Number(process.env['FEEDMILL_E2E_SEED'] ?? randomInt(SEED_MAX));
    this.#random = seededRandom(this.seed);
    say(`${name}: FEEDMILL_E2E_SEED=${this.seed}`);
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.#random() * (max - min + 1));
  }

  /** The same items in a random order. */
  shuffled<T>(items: readonly T[]): T[] {
    const mixed = [...items];
    for (let index = mixed.length - 1; index > 0; index -= 1) {
      const other = this.between(0, index);
      [mixed[index], mixed[other]] = [mixed[other] as T, mixed[index] as T];
    }
    return mixed;
  }
}
