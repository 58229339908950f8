import type { JSX } from 'preact';
import { SPARKLINE_SLOTS } from './overview-store.ts';
import { sparklinePath } from './sparkline-path.ts';

const WIDTH = 120;
const HEIGHT = 24;
/** Room for the thickness of the line at the edges. */
const EDGE = 1.5;

/** The rates of the last minute as a line; the figure beside it says the newest. */
export function Sparkline({
  values,
  className,
}: {
  readonly values: readonly number[];
  readonly className?: string;
}): JSX.Element {
  const path = sparklinePath(values, SPARKLINE_SLOTS, WIDTH, HEIGHT);
  return (
    <svg
      class={`sparkline ${className ?? ''}`}
      viewBox={`0 ${-EDGE} ${WIDTH} ${HEIGHT + 2 * EDGE}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path class="base" d={`M0 ${HEIGHT}H${WIDTH}`} />
      <path d={path} />
    </svg>
  );
}
