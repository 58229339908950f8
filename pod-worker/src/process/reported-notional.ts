import { divideHalfEven } from '@feedmill/core/fixed-point';
import type { RateTable } from '@feedmill/core/reference/rate-table';
import type { BarRow } from '@feedmill/store/shard-session/commit-batch';

const UNIT = 1_000_000_000n;

type Reported = Pick<
  BarRow,
  'reportingCurrency' | 'reportingRate' | 'reportingNotional' | 'ratesVersion'
>;

const NOTHING: Reported = {
  reportingCurrency: '',
  reportingRate: undefined,
  reportingNotional: undefined,
  ratesVersion: undefined,
};

/**
 * What a bar is worth in the reporting currency, at the rate that held when it began. Nothing where
 * there is no rate: it is not guessed from another one.
 *
 * @param quote currency of the instrument's prices
 * @param notional of the bar, times 1e-18
 */
export function reportedNotional(
  rates: RateTable,
  quote: string,
  tsEvent: bigint,
  notional: bigint,
): Reported {
  const rate = rates.rateAt(quote, tsEvent);
  if (rate === undefined) return NOTHING;
  return {
    reportingCurrency: rates.reporting,
    reportingRate: rate,
    reportingNotional: divideHalfEven(notional * rate, UNIT),
    ratesVersion: rates.version,
  };
}
