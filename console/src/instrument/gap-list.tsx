import { countText } from '@feedmill/core/number-text';
import type { JSX } from 'preact';
import { StateMark } from '../shell/state-mark.tsx';
import { momentText } from '../text/time-text.ts';
import type { InstrumentStore } from './instrument-store.ts';

/** What of the instrument's stream is missing. */
export function GapList({ store }: { readonly store: InstrumentStore }): JSX.Element {
  const gaps = store.gaps.value;
  return (
    <section class="gaps card" aria-labelledby="gaps">
      <h2 id="gaps">Gaps</h2>
      {gaps.length === 0 ? (
        <p class="empty">Nothing is known to be missing.</p>
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-labelledby="gaps">
          <table>
            <thead>
              <tr>
                <th scope="col">Found</th>
                <th scope="col" class="number">
                  Missing
                </th>
                <th scope="col">Cause</th>
                <th scope="col">Repaired</th>
              </tr>
            </thead>
            <tbody>
              {gaps.map((gap) => (
                <tr key={`${gap.feed}/${gap.firstMissing}/${gap.detectedNanos}`}>
                  <td>{momentText(gap.detectedNanos)}</td>
                  <td class="number">{countText(gap.missingCount)}</td>
                  <td>{gap.cause}</td>
                  <td>
                    {gap.repairedBy === undefined || gap.repairedBy === 'none' ? (
                      <StateMark tone="warn" text="no" />
                    ) : (
                      <StateMark tone="good" text={gap.repairedBy} />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
