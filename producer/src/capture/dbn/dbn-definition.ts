import { InstrumentClass } from '@feedmill/proto/feedmill/v1/event_pb';
import type { DefinitionBody } from '../../venues/instruments.ts';
import { textOf } from './dbn-metadata.ts';

/** Where the fields of a definition lie, which differs between the versions. */
interface Layout {
  readonly bytes: number;
  readonly strikePrice: number;
  readonly roundLot: number;
  readonly currency: number;
  readonly rawSymbol: number;
  readonly rawSymbolBytes: number;
  readonly asset: number;
  readonly assetBytes: number;
  readonly instrumentClass: number;
}

const MIN_PRICE_INCREMENT_AT = 24;
const EXPIRATION_AT = 40;
const ACTIVATION_AT = 48;

const LAYOUTS: Readonly<Record<number, Layout>> = {
  1: {
    bytes: 360,
    strikePrice: 328,
    roundLot: 148,
    currency: 186,
    rawSymbol: 200,
    rawSymbolBytes: 22,
    asset: 248,
    assetBytes: 7,
    instrumentClass: 325,
  },
  2: {
    bytes: 400,
    strikePrice: 112,
    roundLot: 156,
    currency: 186,
    rawSymbol: 200,
    rawSymbolBytes: 71,
    asset: 297,
    assetBytes: 7,
    instrumentClass: 374,
  },
  3: {
    bytes: 520,
    strikePrice: 104,
    roundLot: 168,
    currency: 224,
    rawSymbol: 238,
    rawSymbolBytes: 71,
    asset: 335,
    assetBytes: 11,
    instrumentClass: 487,
  },
};

const CLASSES: Readonly<Record<string, InstrumentClass>> = {
  K: InstrumentClass.EQUITY,
  F: InstrumentClass.FUTURE,
  C: InstrumentClass.OPTION,
  P: InstrumentClass.OPTION,
  S: InstrumentClass.SPREAD,
  T: InstrumentClass.SPREAD,
  M: InstrumentClass.SPREAD,
  X: InstrumentClass.FX,
  I: InstrumentClass.INDEX,
};

const UNDEF = 9_223_372_036_854_775_807n;
const UNDEF_INT32 = 0x7fff_ffff;
const NANOS = 1_000_000_000n;

/** Length of a definition's record. */
export const definitionBytes = (version: number): number => LAYOUTS[version]?.bytes ?? 0;

/** The symbol that a definition gives its instrument. */
export function definedSymbol(record: Buffer, version: number): string {
  const { rawSymbol, rawSymbolBytes } = LAYOUTS[version] as Layout;
  return textOf(record, rawSymbol, rawSymbolBytes);
}

/** What a definition says, under the canonical name `instrument`. */
export function definitionOf(record: Buffer, version: number, instrument: string): DefinitionBody {
  const layout = LAYOUTS[version] as Layout;
  const letter = String.fromCharCode(record[layout.instrumentClass] ?? 0);
  const instrumentClass = CLASSES[letter] ?? InstrumentClass.UNSPECIFIED;
  const lot = record.readInt32LE(layout.roundLot);
  return {
    instrument,
    instrumentClass,
    base: textOf(record, layout.asset, layout.assetBytes) || definedSymbol(record, version),
    quote: textOf(record, layout.currency, 4),
    minPriceIncrement: definedInt64(record, MIN_PRICE_INCREMENT_AT),
    lotSize: lot > 0 && lot !== UNDEF_INT32 ? BigInt(lot) * NANOS : 0n,
    expiration: definedInt64(record, EXPIRATION_AT),
    validFrom: definedInt64(record, ACTIVATION_AT),
    strikePrice: definedInt64(record, layout.strikePrice),
    allowsNegativePrice:
      instrumentClass === InstrumentClass.SPREAD || instrumentClass === InstrumentClass.FUTURE,
  };
}

/** 0 where the record has no value: UNDEF_PRICE, or UNDEF_TIMESTAMP, which is -1. */
function definedInt64(record: Buffer, at: number): bigint {
  const value = record.readBigInt64LE(at);
  return value === UNDEF || value < 0n ? 0n : value;
}
