import type { JSX } from 'preact';
import { decimalText, drawnNumber, type Nanos } from '../text/decimal.ts';
import { type DepthRow, depthOf } from './depth-rows.ts';
import type { InstrumentStore } from './instrument-store.ts';

/** What stands at each price over all venues, asks above bids. */
export function DepthPanel({
  store,
  decimals,
}: {
  readonly store: InstrumentStore;
  readonly decimals: number;
}): JSX.Element {
  const { bids, asks } = depthOf(store.venueQuotes.value);
  const most = [...bids, ...asks].reduce(
    (max, { cumulative }) => (cumulative > max ? cumulative : max),
    1n,
  );
  return (
    <section class="depth card" aria-labelledby="depth">
      <h2 id="depth">Depth</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Venues</th>
            <th scope="col" class="number">
              Size
            </th>
            <th scope="col" class="number">
              Price
            </th>
          </tr>
        </thead>
        <Rows rows={asks.toReversed()} side="ask" most={most} decimals={decimals} />
        <Rows rows={bids} side="bid" most={most} decimals={decimals} />
      </table>
      {bids.length + asks.length === 0 && <p class="empty">No quote yet.</p>}
    </section>
  );
}

function Rows({
  rows,
  side,
  most,
  decimals,
}: {
  readonly rows: readonly DepthRow[];
  readonly side: 'bid' | 'ask';
  readonly most: Nanos;
  readonly decimals: number;
}): JSX.Element {
  return (
    <tbody class={`depth-${side}`}>
      {rows.map(({ price, size, venues, cumulative }) => (
        <tr key={String(price)} style={{ '--share': share(cumulative, most) }}>
          <td>{venues.join(' ')}</td>
          <td class="number">{decimalText(size)}</td>
          <td class="number price">{decimalText(price, decimals)}</td>
        </tr>
      ))}
    </tbody>
  );
}

const share = (part: Nanos, whole: Nanos): string =>
  `${((drawnNumber(part) / drawnNumber(whole)) * 100).toFixed(1)}%`;
