import { Problem } from '../problem.ts';

/** Lengths of bars that are stored; every other is made of the largest of them that divides it. */
const STORED_STEPS_MS = [1_000, 60_000, 300_000] as const;

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A whole number of seconds, minutes, hours or days. */
export const STEP_PATTERN = '^[1-9]\\d{0,4}[smhd]$';

export interface BarStep {
  readonly stepMs: number;
  /** The stored length that it is made of; the same where it is stored itself. */
  readonly baseMs: number;
}

/**
 * The step of a text like `5m`.
 *
 * @throws Problem not-meaningful for a step beyond a day
 */
export function barStep(text: string): BarStep {
  const stepMs = Number(text.slice(0, -1)) * UNIT_MS[text.slice(-1) as keyof typeof UNIT_MS];
  const dayMs = UNIT_MS.d;
  if (stepMs > dayMs || dayMs % stepMs !== 0) {
    throw new Problem(
      'not-meaningful',
      `'step' is ${text}; it must divide a day, as 1s, 15s, 1m, 5m, 1h, 4h and 1d do.`,
    );
  }
  const baseMs = STORED_STEPS_MS.findLast((stored) => stepMs % stored === 0);
  return { stepMs, baseMs: baseMs ?? STORED_STEPS_MS[0] };
}
