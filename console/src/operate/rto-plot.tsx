import { lagText } from '@feedmill/core/number-text';
import type { JSX } from 'preact';
import type { Drill } from '../api/shapes.ts';
import { rtoScale } from './rto-scale.ts';

const ROW = 26;
const LEFT = 190;
const WIDTH = 800;
const TOP = 22;

/** Times to recover on one axis: a dot for the stream, a square for the store. */
export function RtoPlot({ drills }: { readonly drills: readonly Drill[] }): JSX.Element {
  const scale = rtoScale(
    drills.flatMap(({ streamRtoMs, storeRtoMs }) => [streamRtoMs ?? [], storeRtoMs ?? []].flat()),
  );
  const xOf = (ms: number): number => LEFT + scale.at(ms) * (WIDTH - LEFT - 30);
  const height = TOP + drills.length * ROW + 4;
  return (
    <figure class="rto-plot">
      <figcaption>
        <span class="key-stream">● stream</span> <span class="key-store">■ store</span> time to
        recover
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={textOf(drills)}>
        {scale.marks.map(({ ms }, at) => (
          <g key={ms}>
            <path class="grid" d={`M${xOf(ms)} ${TOP - 4}V${height}`} />
            <text x={xOf(ms)} y={12} text-anchor="middle">
              {at === 0 ? `≤ ${lagText(ms)}` : lagText(ms)}
            </text>
          </g>
        ))}
        {drills.map((drill, at) => (
          <PlotRow key={drill.id} drill={drill} y={TOP + at * ROW + ROW / 2} xOf={xOf} />
        ))}
      </svg>
    </figure>
  );
}

function PlotRow({
  drill: { name, streamRtoMs, storeRtoMs },
  y,
  xOf,
}: {
  readonly drill: Drill;
  readonly y: number;
  readonly xOf: (ms: number) => number;
}): JSX.Element {
  return (
    <g>
      <text x={LEFT - 16} y={y + 4} text-anchor="end" class="row-name">
        {name}
      </text>
      {streamRtoMs !== undefined && storeRtoMs !== undefined && (
        <path class="between" d={`M${xOf(streamRtoMs)} ${y}H${xOf(storeRtoMs)}`} />
      )}
      {streamRtoMs !== undefined && <circle class="stream" cx={xOf(streamRtoMs)} cy={y} r={5} />}
      {storeRtoMs !== undefined && (
        <rect class="store" x={xOf(storeRtoMs) - 4.5} y={y - 4.5} width={9} height={9} />
      )}
    </g>
  );
}

const textOf = (drills: readonly Drill[]): string =>
  drills
    .map(
      ({ name, streamRtoMs }) =>
        `${name}: ${streamRtoMs === undefined ? '–' : lagText(streamRtoMs)}`,
    )
    .join('; ');
