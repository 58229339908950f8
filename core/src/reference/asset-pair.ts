import { InstrumentClass } from '@feedmill/proto/feedmill/v1/event_pb';
import { stableId } from '../stable-id.ts';
import { INSTRUMENT_CLASS_NAMES } from './instrument-classes.ts';

/**
 * Classes of which one unit is the same wherever it trades, so that quotes of several venues may
 * stand beside each other. A future or an option is its own expiry and terms.
 */
const FUNGIBLE: ReadonlySet<InstrumentClass> = new Set([
  InstrumentClass.EQUITY,
  InstrumentClass.SPOT,
  InstrumentClass.PERPETUAL,
  InstrumentClass.FX,
]);

/** What two instruments must share to be quotes of the same thing. */
export interface AssetPair {
  /** `BTC/USDT-SPOT`; not the name of an instrument: those end with a venue. */
  readonly name: string;
  readonly id: bigint;
}

/**
 * The pair that an instrument is a quote of: base, quote and class. USD, USDT and USDC are
 * different quotes. Undefined where base or quote is not known, or where the class does not
 * suffice to tell that two are the same.
 *
 * @param multiplier of a contract, times 1e-9: contracts of another size are another pair
 */
export function assetPairOf(
  instrumentClass: InstrumentClass,
  base: string,
  quote: string,
  multiplier: bigint,
): AssetPair | undefined {
  if (base === '' || quote === '' || !FUNGIBLE.has(instrumentClass)) return undefined;
  const size = multiplier === 0n || multiplier === 1_000_000_000n ? '' : `-X${multiplier}`;
  const name = `${base}/${quote}-${INSTRUMENT_CLASS_NAMES[instrumentClass - 1] ?? ''}${size}`;
  return { name, id: stableId(name) };
}
