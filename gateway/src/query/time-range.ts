import { parseTime } from '../format/time-text.ts';
import { Problem } from '../problem.ts';

const INT64_MAX = 9_223_372_036_854_775_807n;
const INT64_MIN = -9_223_372_036_854_775_808n;
const NANOS_PER_DAY = 86_400_000_000_000n;
const NANOS_PER_MS = 1_000_000n;

/** Right-open, in ns. */
export interface TimeRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** As a request has it: texts, an end that is not given is open. */
interface RangeTexts {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/**
 * The range of two texts; open ends reach as far as 64 bits do.
 *
 * @throws Problem not-meaningful for a time that there is not, and for a range that is
 *   empty or too wide
 */
export const timeRange = (texts: RangeTexts, daysMax: number): TimeRange =>
  boundedRange(texts, NANOS_PER_DAY, daysMax, 'days');

/** The same for bars, whose number is what counts. */
export const barsRange = (texts: RangeTexts, stepMs: number, barsMax: number): TimeRange =>
  boundedRange(texts, BigInt(stepMs) * NANOS_PER_MS, barsMax, 'bars');

function boundedRange(
  { from, to }: RangeTexts,
  unit: bigint,
  unitsMax: number,
  units: string,
): TimeRange {
  const range = { from: timeOr('from', from, INT64_MIN), to: timeOr('to', to, INT64_MAX) };
  if (range.from > range.to) {
    throw new Problem('not-meaningful', `'from' (${from}) lies behind 'to' (${to}).`);
  }
  const isBounded = from !== undefined && to !== undefined;
  if (isBounded && range.to - range.from > BigInt(unitsMax) * unit) {
    const seen = (range.to - range.from) / unit;
    throw new Problem(
      'not-meaningful',
      `The range has ${seen} ${units}, and one request may have ${unitsMax}: ask for parts of it.`,
    );
  }
  return range;
}

const timeOr = (name: string, text: string | undefined, otherwise: bigint): bigint =>
  text === undefined ? otherwise : timeOf(name, text);

/**
 * The time of a parameter.
 *
 * @throws Problem not-meaningful
 */
export function timeOf(name: string, text: string): bigint {
  const nanos = parseTime(text);
  if (nanos !== undefined) return nanos;
  throw new Problem(
    'not-meaningful',
    `'${name}' is '${text}', and there is no such time between 1678 and 2261.`,
  );
}
