import type { FeedSymbol } from '@feedmill/core/event';
import { type AssetPair, assetPairOf } from '@feedmill/core/reference/asset-pair';
import { stableId } from '@feedmill/core/stable-id';
import type { StateReader } from '@feedmill/core/state/state-reader';
import type { StateWriter } from '@feedmill/core/state/state-writer';
import type { InstrumentClass } from '@feedmill/proto/feedmill/v1/event_pb';

/** What the processors need to know of an instrument beside its name. */
export interface InstrumentTraits {
  readonly allowsNegativePrice: boolean;
  readonly instrumentClass: InstrumentClass;
  /** Empty where it is not known; so for `quote`. */
  readonly base: string;
  readonly quote: string;
  /** Times 1e-9; 0 where it is not known. */
  readonly multiplier: bigint;
}

/** An instrument that a producer's events speak of. */
export class KnownInstrument {
  /** Canonical SYMBOL.VENUE. */
  readonly name: string;
  readonly id: bigint;
  /** Halves of the id: `Hi` signed, `Lo` unsigned. */
  readonly idHi: number;
  readonly idLo: number;
  #traits: InstrumentTraits;
  #pair: AssetPair | undefined;

  constructor(name: string, traits: InstrumentTraits) {
    this.name = name;
    this.id = stableId(name);
    this.idHi = Number(this.id >> 32n);
    this.idLo = Number(this.id & 0xffff_ffffn);
    this.#traits = traits;
    this.#pair = pairOf(traits);
  }

  get allowsNegativePrice(): boolean {
    return this.#traits.allowsNegativePrice;
  }

  /** Currency that its prices are in; empty where it is not known. */
  get quote(): string {
    return this.#traits.quote;
  }

  /** What it is a quote of; undefined where that cannot be told. */
  get pair(): AssetPair | undefined {
    return this.#pair;
  }

  /** Takes what was said of it last. */
  describe(traits: InstrumentTraits): void {
    if (traits === this.#traits) return;
    this.#traits = traits;
    this.#pair = pairOf(traits);
  }

  writeState(writer: StateWriter): void {
    const { allowsNegativePrice, instrumentClass, base, quote, multiplier } = this.#traits;
    writer.text(this.name);
    writer.boolean(allowsNegativePrice);
    writer.varint(instrumentClass);
    writer.text(base);
    writer.text(quote);
    writer.integer(multiplier);
  }

  static readState(reader: StateReader): KnownInstrument {
    return new KnownInstrument(reader.text(), {
      allowsNegativePrice: reader.boolean(),
      instrumentClass: reader.varint() as InstrumentClass,
      base: reader.text(),
      quote: reader.text(),
      multiplier: reader.bigint(),
    });
  }
}

const pairOf = ({ instrumentClass, base, quote, multiplier }: InstrumentTraits) =>
  assetPairOf(instrumentClass, base, quote, multiplier);

/** An instrument as Postgres keeps it: its name and by what symbol a feed calls it. */
export interface StoredInstrument {
  readonly name: string;
  readonly symbol: FeedSymbol;
  readonly traits: InstrumentTraits;
}

/** Key of a feed's name for an instrument. */
export const symbolKey = (symbol: FeedSymbol): string =>
  `${symbol.publisherId}|${symbol.venue}|${symbol.rawSymbol}`;
