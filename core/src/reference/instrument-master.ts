import { InstrumentClass } from '@feedmill/proto/feedmill/v1/event_pb';
import type { FeedSymbol } from '../event.ts';
import { Meanings } from './meanings.ts';
import type { InstrumentRecord } from './reference-set.ts';

/** An instrument of the master data, and under what symbol a feed has it. */
export interface MasterInstrument {
  /** 0: whoever publishes it. */
  readonly publisherId: number;
  readonly venue: string;
  readonly rawSymbol: string;
  /** Canonical SYMBOL.VENUE. */
  readonly name: string;
  readonly instrumentClass: InstrumentClass;
  readonly base: string;
  readonly quote: string;
  /** Times 1e-9; 0 where it is not known. */
  readonly minPriceIncrement: bigint;
  readonly lotSize: bigint;
  readonly multiplier: bigint;
  /** ns; 0: without a bound. */
  readonly validFrom: bigint;
  readonly validTo: bigint;
  readonly allowsNegativePrice: boolean;
  readonly isin: string;
  readonly figi: string;
}

const keyOf = (publisherId: number, venue: string, rawSymbol: string): string =>
  `${publisherId}|${venue}|${rawSymbol}`;

/** Which instrument a feed's symbol means at a time, for feeds that do not say it themselves. */
export class InstrumentMaster {
  readonly instruments: readonly MasterInstrument[];
  readonly #bySymbol = new Map<string, Meanings<MasterInstrument>>();

  constructor(records: readonly InstrumentRecord[] = []) {
    this.instruments = records.map(masterInstrument);
    for (const instrument of this.instruments) {
      const { publisherId, venue, rawSymbol, validFrom, validTo } = instrument;
      const key = keyOf(publisherId, venue, rawSymbol);
      const meanings = this.#bySymbol.get(key) ?? new Meanings<MasterInstrument>();
      meanings.set(validFrom, validTo, instrument);
      this.#bySymbol.set(key, meanings);
    }
  }

  /** What a symbol means over time; what is said of its publisher goes before its venue. */
  meaningsOf({
    publisherId,
    venue,
    rawSymbol,
  }: FeedSymbol): Meanings<MasterInstrument> | undefined {
    return (
      this.#bySymbol.get(keyOf(publisherId, venue, rawSymbol)) ??
      this.#bySymbol.get(keyOf(0, venue, rawSymbol))
    );
  }
}

function masterInstrument(record: InstrumentRecord): MasterInstrument {
  return {
    publisherId: record.publisher ?? 0,
    venue: record.venue,
    rawSymbol: record.symbol,
    name: record.instrument,
    instrumentClass: InstrumentClass[record.class ?? 'UNSPECIFIED'],
    base: record.base ?? '',
    quote: record.quote ?? '',
    minPriceIncrement: BigInt(record.tick ?? 0),
    lotSize: BigInt(record.lot ?? 0),
    multiplier: BigInt(record.multiplier ?? 0),
    validFrom: BigInt(record.from ?? 0),
    validTo: BigInt(record.to ?? 0),
    allowsNegativePrice: record.negative ?? false,
    isin: record.isin ?? '',
    figi: record.figi ?? '',
  };
}
