import { HEADLINE_TOKENS_MAX } from '../limits.ts';
import { type HeadlineToken, hashText } from './headline-tokens.ts';
import type { TokenSpan } from './sentiment-model.ts';

/** Rises with every change to what a headline's features are: weights fit one version only. */
export const FEATURES_VERSION = 1;

// A name must not matter, only what is said about it: each is replaced by one of these.
const TARGET = hashText('@target');
const OTHER = hashText('@other');

// Where one statement ends and another one about somebody else may begin.
const CLAUSE_BREAKS: ReadonlySet<number> = new Set(
  [',', ';', ':', '.', '?', '!', '-', '–', '—', '|', '…']
    .concat(['but', 'while', 'and', 'as', 'after', 'despite', 'on', 'though', 'amid'])
    .map(hashText),
);

// What a feature says, so that the same words count apart in each role.
const WORD = 0x3c6e_f372;
const PAIR = 0x1b87_3593;
const BEFORE = 0x5bd1_e995;
const BEFORE_PAIR = 0x2545_f491;
const AFTER = 0x1656_67b1;
const AFTER_PAIR = 0x27d4_eb2f;
const CLAUSE = 0x52dc_e729;
const CLAUSE_PAIR = 0x3849_5ab5;
const NEAR_BEFORE = 0x7a3b_1c5d;
const NEAR_BEFORE_PAIR = 0x6b2c_9f11;
const NEAR_AFTER = 0x1a3b_1c5d;
const NEAR_AFTER_PAIR = 0x2b2c_9f11;
const WHOLE = 0x4cf5_ad43;

// A token has a single and a pair in each of four places: anywhere, side, clause, near.
const FEATURES_PER_TOKEN_MAX = 8;

/**
 * Turns a headline, seen from one of its entities, into numbers of features below 2^bits: each word
 * and pair of words, again by the side of the entity it stands on, again where it stands in the
 * entity's own clause, and again by side where no other name stands between. Numbers may coincide;
 * the model is trained with that.
 */
export class LinearFeatures {
  /** Features of the last call: the first `count` are valid. Some may come twice. */
  readonly features = new Int32Array(HEADLINE_TOKENS_MAX * FEATURES_PER_TOKEN_MAX);
  count = 0;
  readonly #mask: number;
  readonly #words = new Int32Array(HEADLINE_TOKENS_MAX);

  constructor(bits: number) {
    this.#mask = 2 ** bits - 1;
  }

  /** Fills `features`. */
  extract(
    tokens: readonly HeadlineToken[],
    target: TokenSpan | undefined,
    others: readonly TokenSpan[],
  ): void {
    this.count = 0;
    const { length, at } = this.#maskNames(tokens, target, others);
    const words = this.#words;
    let previous = 0;
    for (let index = 0; index < length; index += 1) {
      const word = words[index] as number;
      this.#add(WORD, word, 0);
      if (index > 0) this.#add(PAIR, previous, word);
      previous = word;
    }
    if (at < 0) {
      this.#add(WHOLE, 0, 0);
      return;
    }
    this.#addSide(BEFORE, BEFORE_PAIR, 0, at);
    this.#addSide(AFTER, AFTER_PAIR, at + 1, length);
    const isBreak = (word: number): boolean => CLAUSE_BREAKS.has(word);
    this.#addSide(CLAUSE, CLAUSE_PAIR, this.#backTo(at, isBreak), this.#upTo(at, length, isBreak));
    const isOther = (word: number): boolean => word === OTHER;
    this.#addSide(NEAR_BEFORE, NEAR_BEFORE_PAIR, this.#backTo(at, isOther), at);
    this.#addSide(NEAR_AFTER, NEAR_AFTER_PAIR, at + 1, this.#upTo(at, length, isOther));
  }

  /** Index of the word after the last one before `at` where it ends. */
  #backTo(at: number, endsAt: (word: number) => boolean): number {
    let first = at;
    while (first > 0 && !endsAt(this.#words[first - 1] as number)) first -= 1;
    return first;
  }

  /** Index of the first word after `at` where it ends. */
  #upTo(at: number, length: number, endsAt: (word: number) => boolean): number {
    let end = at + 1;
    while (end < length && !endsAt(this.#words[end] as number)) end += 1;
    return end;
  }

  /** Copies the words with each name as one; returns how many there are and which is the target. */
  #maskNames(
    tokens: readonly HeadlineToken[],
    target: TokenSpan | undefined,
    others: readonly TokenSpan[],
  ): { length: number; at: number } {
    const words = this.#words;
    let length = 0;
    let at = -1;
    for (let index = 0; index < tokens.length; index += 1) {
      if (target !== undefined && index === target.first) {
        at = length;
        words[length++] = TARGET;
        index = target.last;
        continue;
      }
      const other = others.find((span) => span.first === index);
      const overlaps =
        other !== undefined &&
        target !== undefined &&
        other.first <= target.last &&
        other.last >= target.first;
      if (other !== undefined && !overlaps) {
        words[length++] = OTHER;
        index = other.last;
      } else {
        words[length++] = (tokens[index] as HeadlineToken).hash;
      }
    }
    return { length, at };
  }

  #addSide(single: number, pair: number, first: number, end: number): void {
    const words = this.#words;
    for (let index = first; index < end; index += 1) {
      this.#add(single, words[index] as number, 0);
      if (index > first) this.#add(pair, words[index - 1] as number, words[index] as number);
    }
  }

  #add(kind: number, left: number, right: number): void {
    let hash = Math.imul(left ^ kind, 0x85eb_ca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash + right, 0xc2b2_ae35);
    hash ^= hash >>> 16;
    this.features[this.count++] = hash & this.#mask;
  }
}
