import { countText } from '@feedmill/core/number-text';
import type { JSX } from 'preact';
import type { Drill } from '../api/shapes.ts';
import { useServices } from '../shell/services.ts';
import { StateMark } from '../shell/state-mark.tsx';
import { lagOrDash, momentText } from '../text/time-text.ts';
import { usePolled } from './polled.ts';
import { RtoPlot } from './rto-plot.tsx';

const NANOS_PER_MS = 1_000_000n;

/** How fast the product came back, each time that it was tried. */
export function DrillResults(): JSX.Element {
  const { operations } = useServices();
  const { value: drills, isAbsent, problem } = usePolled(() => operations.drills());
  return (
    <section class="card wide-card" aria-labelledby="drills">
      <h2 id="drills">Drills</h2>
      {drills !== undefined && drills.length > 0 && (
        <>
          <RtoPlot drills={drills} />
          <DrillTable drills={drills} />
        </>
      )}
      {(drills?.length === 0 || isAbsent) && (
        <p class="empty">
          No drill was run here. What a drill measures, how long acknowledgements and rows stay
          away, is shown here afterwards.
        </p>
      )}
      {problem !== undefined && !isAbsent && <p class="refusal">{problem}</p>}
    </section>
  );
}

function DrillTable({ drills }: { readonly drills: readonly Drill[] }): JSX.Element {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-labelledby="drills">
      <table>
        <thead>
          <tr>
            <th scope="col">Started</th>
            <th scope="col">Drill</th>
            <th scope="col">Result</th>
            <th scope="col" class="number">
              Stream RTO
            </th>
            <th scope="col" class="number">
              Store RTO
            </th>
            <th scope="col" class="number">
              Lost
            </th>
          </tr>
        </thead>
        <tbody>
          {drills.map((drill) => (
            <tr key={drill.id}>
              <td>
                {drill.startedMs === undefined
                  ? '–'
                  : momentText(BigInt(drill.startedMs) * NANOS_PER_MS)}
              </td>
              <th scope="row">{drill.name}</th>
              <td>
                <StateMark
                  tone={drill.passed ? 'good' : 'bad'}
                  text={drill.passed ? 'passed' : 'failed'}
                />
              </td>
              <td class="number">{lagOrDash(drill.streamRtoMs)}</td>
              <td class="number">{lagOrDash(drill.storeRtoMs)}</td>
              <td class="number">
                {drill.lostEvents === undefined ? '–' : countText(drill.lostEvents)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
