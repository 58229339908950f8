import type { BarQuality } from '@feedmill/proto/feedmill/v1/event_pb';
import { type Int64, UNDEF_PRICE } from '../event.ts';
import { ExactSum } from '../exact-sum.ts';
import { canonicalInt64, divideHalfEven } from '../fixed-point.ts';
import type { TradeSummary } from './trade-summary.ts';

/** One revision of a bar of the right-open window [tsOpenSeconds, tsCloseSeconds). */
export interface Bar {
  readonly stepSeconds: number;
  /** Start of the window, which is also the bar's stamp; whole seconds since the Unix epoch. */
  readonly tsOpenSeconds: number;
  readonly tsCloseSeconds: number;
  /** UNDEF_PRICE where no trade updates the last price; so for `close`. */
  readonly open: Int64;
  /** UNDEF_PRICE where no trade updates high and low; so for `low`. */
  readonly high: Int64;
  readonly low: Int64;
  readonly close: Int64;
  /** Of trades that update the volume. May take more than 64 bits. */
  readonly volume: Int64;
  /** Sum of price times size of these, in 1e-18. */
  readonly notional: bigint;
  /** notional / volume, rounded half to even; UNDEF_PRICE where the volume is 0. */
  readonly vwap: Int64;
  /** Trades that update the volume. */
  readonly tradeCount: number;
  readonly buyVolume: Int64;
  readonly sellVolume: Int64;
  /** Lowest and highest producer sequence of the trades; 0 where all were cancelled. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** 0 for what was published first, one more for every change. */
  readonly revision: number;
  /** No trade and no correction changes the bar any more. */
  readonly isFinal: boolean;
  readonly quality: BarQuality;
}

/** What a bar is besides its trades. */
export interface BarFrame {
  readonly stepSeconds: number;
  readonly tsOpenSeconds: number;
  readonly revision: number;
  readonly isFinal: boolean;
  readonly quality: BarQuality;
}

export function barOf(frame: BarFrame, summary: TradeSummary): Bar {
  const { stepSeconds, tsOpenSeconds, revision, isFinal, quality } = frame;
  const { contributions, hasHighLow, hasLast, buyVolume, sellVolume, otherVolume } = summary;
  const total = new ExactSum();
  for (const part of [buyVolume, sellVolume, otherVolume]) total.addSum(part);
  const volume = total.canonical();
  const notional = summary.notional.value();
  return {
    stepSeconds,
    tsOpenSeconds,
    tsCloseSeconds: tsOpenSeconds + stepSeconds,
    open: hasLast ? summary.open : UNDEF_PRICE,
    high: hasHighLow ? summary.high : UNDEF_PRICE,
    low: hasHighLow ? summary.low : UNDEF_PRICE,
    close: hasLast ? summary.close : UNDEF_PRICE,
    volume,
    notional,
    vwap: volume === 0 ? UNDEF_PRICE : canonicalInt64(divideHalfEven(notional, BigInt(volume))),
    tradeCount: summary.tradeCount,
    buyVolume: buyVolume.canonical(),
    sellVolume: sellVolume.canonical(),
    firstSequence: contributions === 0 ? 0 : summary.firstSequence,
    lastSequence: contributions === 0 ? 0 : summary.lastSequence,
    revision,
    isFinal,
    quality,
  };
}
