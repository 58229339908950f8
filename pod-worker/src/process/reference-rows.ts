import { assetPairOf } from '@feedmill/core/reference/asset-pair';
import type { InstrumentMaster } from '@feedmill/core/reference/instrument-master';
import { stableId } from '@feedmill/core/stable-id';
import type { InstrumentRow, SymbolRow } from '@feedmill/store/shard-session/commit-batch';

/** The master data as rows: the newest description of each instrument, and every symbol. */
export function referenceRows({ instruments }: InstrumentMaster): {
  readonly instruments: readonly InstrumentRow[];
  readonly symbols: readonly SymbolRow[];
} {
  const byName = new Map<string, InstrumentRow>();
  const symbols: SymbolRow[] = [];
  for (const instrument of instruments) {
    const { name, venue, rawSymbol, publisherId, validFrom, validTo } = instrument;
    const { instrumentClass, base, quote, multiplier } = instrument;
    const instrumentId = stableId(name);
    const row: InstrumentRow = {
      ...instrument,
      instrumentId,
      expiration: 0,
      strikePrice: 0,
      pair: assetPairOf(instrumentClass, base, quote, multiplier),
    };
    const known = byName.get(name);
    if (known === undefined || BigInt(known.validFrom) <= validFrom) byName.set(name, row);
    symbols.push({ publisherId, venue, rawSymbol, validFrom, validTo, instrumentId });
  }
  return { instruments: [...byName.values()], symbols };
}
