import { SYMBOL_MEANINGS_MAX } from '../limits.ts';

/** What something means from a time on (ns, included) up to another (not included). */
export interface Meaning<T> {
  readonly fromNanos: bigint;
  readonly toNanos: bigint;
  readonly value: T;
}

const ALWAYS = -(2n ** 63n);
const FOREVER = 2n ** 63n;

/**
 * What a symbol means over time: stretches that do not overlap, in order. Most have one, from ever
 * and for ever, which `always` gives without looking at a time.
 */
export class Meanings<T> {
  #meanings: Meaning<T>[] = [];

  /** The only meaning there is, where it holds at all times. */
  get always(): T | undefined {
    const [only] = this.#meanings;
    if (only?.fromNanos !== ALWAYS || only.toNanos !== FOREVER) return undefined;
    return only.value;
  }

  /** What it means at a time. */
  at(nanos: bigint): T | undefined {
    for (const { fromNanos, toNanos, value } of this.#meanings) {
      if (nanos >= fromNanos && nanos < toNanos) return value;
    }
    return undefined;
  }

  /** All meanings, oldest first; 0 stands for a time without a bound. */
  all(): Meaning<T>[] {
    return this.#meanings.map(({ fromNanos, toNanos, value }) => ({
      fromNanos: fromNanos === ALWAYS ? 0n : fromNanos,
      toNanos: toNanos === FOREVER ? 0n : toNanos,
      value,
    }));
  }

  /**
   * Says what it means for a stretch of time; what was said of that stretch before is replaced. At
   * the bound the oldest meaning is forgotten.
   *
   * @param fromNanos 0: from ever
   * @param toNanos 0: for ever
   */
  set(fromNanos: bigint, toNanos: bigint, value: T): void {
    const from = fromNanos === 0n ? ALWAYS : fromNanos;
    const to = toNanos === 0n ? FOREVER : toNanos;
    if (to <= from) return;
    const rest = this.#meanings.flatMap((meaning) => [
      { ...meaning, toNanos: meaning.toNanos < from ? meaning.toNanos : from },
      { ...meaning, fromNanos: meaning.fromNanos > to ? meaning.fromNanos : to },
    ]);
    this.#meanings = [...rest, { fromNanos: from, toNanos: to, value }]
      .filter((meaning) => meaning.fromNanos < meaning.toNanos)
      .sort((a, b) => (a.fromNanos < b.fromNanos ? -1 : 1))
      .slice(-SYMBOL_MEANINGS_MAX);
  }
}
