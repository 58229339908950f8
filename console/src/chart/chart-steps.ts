/** A width of candles that can be chosen. */
export interface ChartStep {
  /** As the API and the address of the page write it. */
  readonly name: string;
  readonly stepMs: number;
  /** How much is loaded at first. */
  readonly spanMs: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Finest first. The spans are some hundred to a thousand candles, what a screen shows. */
export const CHART_STEPS: readonly ChartStep[] = [
  { name: '1s', stepMs: SECOND_MS, spanMs: 15 * MINUTE_MS },
  { name: '5s', stepMs: 5 * SECOND_MS, spanMs: HOUR_MS },
  { name: '1m', stepMs: MINUTE_MS, spanMs: 12 * HOUR_MS },
  { name: '5m', stepMs: 5 * MINUTE_MS, spanMs: 2 * DAY_MS },
  { name: '15m', stepMs: 15 * MINUTE_MS, spanMs: 7 * DAY_MS },
  { name: '1h', stepMs: HOUR_MS, spanMs: 30 * DAY_MS },
  { name: '1d', stepMs: DAY_MS, spanMs: 730 * DAY_MS },
];

const DEFAULT_STEP = '1m';

/** The step of that name; the usual one where there is none. */
export function chartStep(name: string | undefined): ChartStep {
  const found = CHART_STEPS.find((step) => step.name === (name ?? DEFAULT_STEP));
  return found ?? (CHART_STEPS.find((step) => step.name === DEFAULT_STEP) as ChartStep);
}

/** The next finer or coarser step; the last one stays. */
export function stepBeside(name: string, by: 1 | -1): ChartStep {
  const at = CHART_STEPS.indexOf(chartStep(name)) + by;
  return CHART_STEPS[Math.min(Math.max(at, 0), CHART_STEPS.length - 1)] as ChartStep;
}
