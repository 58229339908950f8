import assert from 'node:assert/strict';
import { ALLOWED_LATENESS_MS_MAX, RETAINED_TRADES_MAX } from '../limits.ts';

/** Which bars are built, and how long they wait. */
export interface WindowOptions {
  /** Lengths of the bars: ascending whole seconds, all multiples of the first. */
  readonly stepsSeconds: readonly number[];
  /** How far the watermark may pass a bar's end before the bar is final; whole milliseconds. */
  readonly allowedLatenessMs: number;
  /** Trades kept for corrections; a power of two. */
  readonly retainedTradesMax: number;
}

export const DEFAULT_WINDOW_OPTIONS: WindowOptions = {
  stepsSeconds: [1, 60, 300],
  allowedLatenessMs: 5000,
  retainedTradesMax: RETAINED_TRADES_MAX,
};

/** Configuration has been validated before; this only finds our own mistakes. */
export function assertWindowOptions(options: WindowOptions): void {
  const { stepsSeconds, allowedLatenessMs, retainedTradesMax } = options;
  const [smallest = 0] = stepsSeconds;
  assert(smallest > 0, 'there is no step, or it is not above 0');
  for (const [index, step] of stepsSeconds.entries()) {
    assert(Number.isInteger(step) && step % smallest === 0, `step ${step} is no multiple`);
    assert(index === 0 || step > (stepsSeconds[index - 1] as number), 'the steps do not ascend');
  }
  assert(
    Number.isInteger(allowedLatenessMs) &&
      allowedLatenessMs >= 0 &&
      allowedLatenessMs <= ALLOWED_LATENESS_MS_MAX,
    `a lateness of ${allowedLatenessMs} ms is not within 0 to ${ALLOWED_LATENESS_MS_MAX}`,
  );
  const bits = Math.log2(retainedTradesMax);
  assert(Number.isInteger(bits) && retainedTradesMax <= RETAINED_TRADES_MAX, 'no power of two');
}
