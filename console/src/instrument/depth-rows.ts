import type { Quote, QuoteSide } from '../api/shapes.ts';
import type { Nanos } from '../text/decimal.ts';

/** One price of the depth, with everything that stands at it. */
export interface DepthRow {
  readonly price: Nanos;
  readonly size: Nanos;
  readonly venues: readonly string[];
  /** Size of this and of all better prices of its side. */
  readonly cumulative: Nanos;
}

export interface Depth {
  /** Best first. */
  readonly bids: readonly DepthRow[];
  readonly asks: readonly DepthRow[];
}

/** The depth that the quotes of all venues make together: what stands where, best price first. */
export function depthOf(quotes: readonly Quote[]): Depth {
  const sideOf = (side: 'bid' | 'ask'): QuoteSide[] => quotes.flatMap((quote) => quote[side] ?? []);
  return {
    bids: rowsOf(sideOf('bid'), (a, b) => (a > b ? -1 : 1)),
    asks: rowsOf(sideOf('ask'), (a, b) => (a < b ? -1 : 1)),
  };
}

function rowsOf(sides: readonly QuoteSide[], better: (a: Nanos, b: Nanos) => number): DepthRow[] {
  const byPrice = new Map<Nanos, QuoteSide[]>();
  for (const side of sides) {
    byPrice.set(side.price, [...(byPrice.get(side.price) ?? []), side]);
  }
  let cumulative = 0n;
  return [...byPrice.entries()]
    .sort(([a], [b]) => better(a, b))
    .map(([price, here]) => {
      const size = here.reduce((sum, side) => sum + side.size, 0n);
      cumulative += size;
      return { price, size, venues: here.map(({ venue }) => venue).sort(), cumulative };
    });
}
