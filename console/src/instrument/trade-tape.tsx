import type { JSX } from 'preact';
import type { TradeSide } from '../api/shapes.ts';
import { decimalText } from '../text/decimal.ts';
import { clockText } from '../text/time-text.ts';
import type { InstrumentStore } from './instrument-store.ts';

const SIDES: Readonly<Record<TradeSide, string>> = { buy: 'buy', sell: 'sell', none: '–' };

/** Trades as they come, newest on top. */
export function TradeTape({
  store,
  decimals,
}: {
  readonly store: InstrumentStore;
  readonly decimals: number;
}): JSX.Element {
  const trades = store.tape.value;
  return (
    <section class="tape card" aria-labelledby="tape">
      <h2 id="tape">Trades</h2>
      <div class="scroll" tabIndex={0} role="group" aria-labelledby="tape">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col" class="number">
                Price
              </th>
              <th scope="col" class="number">
                Size
              </th>
              <th scope="col">Taker</th>
            </tr>
          </thead>
          <tbody>
            {trades.map(({ key, timeNanos, price, size, side }) => (
              <tr key={key} class={`trade-${side}`}>
                <td class="time">{clockText(timeNanos)}</td>
                <td class="number">{decimalText(price, decimals)}</td>
                <td class="number">{decimalText(size)}</td>
                <td>{SIDES[side]}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {trades.length === 0 && <p class="empty">No trade yet.</p>}
      </div>
    </section>
  );
}
