import type { FeedSymbol } from '@feedmill/core/event';
import { stableId } from '@feedmill/core/stable-id';

/** An instrument that a producer has defined, and what its processors keep about it. */
export class KnownInstrument {
  /** Canonical SYMBOL.VENUE. */
  readonly name: string;
  readonly id: bigint;
  /** Halves of the id: `Hi` signed, `Lo` unsigned. */
  readonly idHi: number;
  readonly idLo: number;
  allowsNegativePrice: boolean;

  constructor(name: string, allowsNegativePrice: boolean) {
    this.name = name;
    this.id = stableId(name);
    this.idHi = Number(this.id >> 32n);
    this.idLo = Number(this.id & 0xffff_ffffn);
    this.allowsNegativePrice = allowsNegativePrice;
  }
}

/** An instrument as Postgres keeps it: its name and by what symbol a feed calls it. */
export interface StoredInstrument {
  readonly name: string;
  readonly symbol: FeedSymbol;
  readonly allowsNegativePrice: boolean;
}

/** Key of a feed's name for an instrument. */
export const symbolKey = (symbol: FeedSymbol): string =>
  `${symbol.publisherId}|${symbol.venue}|${symbol.rawSymbol}`;
