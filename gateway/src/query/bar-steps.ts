import { Problem } from '../problem.ts';
import type { BarSource } from './bars.ts';

/** Lengths of bars that are stored; every other is made of the largest of them that divides it. */
const STORED_STEPS_MS = [1_000, 60_000, 300_000, 3_600_000, 86_400_000] as const;
/** The largest that earlier revisions are kept of, as the worker writes them. */
const REVISED_STEP_MAX_MS = 300_000;

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A whole number of seconds, minutes, hours or days. */
export const STEP_PATTERN = '^[1-9]\\d{0,4}[smhd]$';

export interface BarStep {
  readonly stepMs: number;
  /** The stored length that it is made of; the same where it is stored itself. */
  readonly baseMs: number;
  readonly source: BarSource;
}

/**
 * The step of a text like `5m`.
 *
 * @param isAsOf whether the bars are wanted as they were known at a time
 * @throws Problem not-meaningful for a step that does not divide a day
 */
export function barStep(text: string, isAsOf: boolean): BarStep {
  const stepMs = Number(text.slice(0, -1)) * UNIT_MS[text.slice(-1) as keyof typeof UNIT_MS];
  const dayMs = UNIT_MS.d;
  if (stepMs > dayMs || dayMs % stepMs !== 0) {
    throw new Problem(
      'not-meaningful',
      `'step' is ${text}; it must divide a day, as 1s, 15s, 1m, 5m, 1h, 4h and 1d do.`,
    );
  }
  const baseMs =
    STORED_STEPS_MS.findLast(
      (stored) => stepMs % stored === 0 && (!isAsOf || stored <= REVISED_STEP_MAX_MS),
    ) ?? STORED_STEPS_MS[0];
  const isLong = baseMs > REVISED_STEP_MAX_MS;
  return { stepMs, baseMs, source: isAsOf ? 'as-of' : isLong ? 'rollup' : 'bar' };
}
