import type { DrillRepetition } from './drill-run.ts';

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** A drill's repetitions in a few numbers. */
export interface DrillSummary {
  readonly repetitions: number;
  readonly streamRtoMs: Spread;
  readonly storeRtoMs: Spread;
  readonly acknowledged: number;
  readonly lost: number;
  readonly doubled: number;
  /** Repetitions after which the regions' rows differed. */
  readonly unequal: number;
  readonly ok: boolean;
}

export function summarize(repetitions: readonly DrillRepetition[]): DrillSummary {
  const sum = (of: (each: DrillRepetition) => number): number =>
    repetitions.reduce((total, each) => total + of(each), 0);
  const lost = sum((each) => each.lost);
  const doubled = sum((each) => each.doubled);
  const unequal = repetitions.filter((each) => !each.areHashesEqual).length;
  return {
    repetitions: repetitions.length,
    streamRtoMs: spreadOf(repetitions.map((each) => each.streamRtoMs)),
    storeRtoMs: spreadOf(repetitions.map((each) => each.storeRtoMs)),
    acknowledged: sum((each) => each.acknowledged),
    lost,
    doubled,
    unequal,
    ok: lost === 0 && doubled === 0 && unequal === 0,
  };
}

/** With fewer than 100 values the 99th percentile is the largest. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
