import { Meanings } from './meanings.ts';
import type { RateSet } from './reference-set.ts';

const UNIT = 1_000_000_000n;

/** What one unit of each currency is worth in the reporting currency, over time. */
export class RateTable {
  /** Empty where nothing is converted. */
  readonly reporting: string;
  /** Of the rates, as loaded. */
  readonly version: number;
  readonly #byCurrency = new Map<string, Meanings<bigint>>();

  constructor(set: RateSet = { reporting: '', rates: [] }, version = 0) {
    this.reporting = set.reporting;
    this.version = version;
    // Each rate holds until the next one begins: in order of time the later ones cut the earlier.
    const ordered = [...set.rates].sort((a, b) => (BigInt(a.from) < BigInt(b.from) ? -1 : 1));
    for (const { currency, rate, from } of ordered) {
      const meanings = this.#byCurrency.get(currency) ?? new Meanings<bigint>();
      meanings.set(BigInt(from), 0n, BigInt(rate));
      this.#byCurrency.set(currency, meanings);
    }
  }

  /** The rate of a currency at a time, times 1e-9; undefined where there is none. */
  rateAt(currency: string, nanos: bigint): bigint | undefined {
    if (this.reporting === '' || currency === '') return undefined;
    if (currency === this.reporting) return UNIT;
    return this.#byCurrency.get(currency)?.at(nanos);
  }
}
