const NANOS_PER_DAY = 86_400_000_000_000n;
const MS_PER_DAY = 86_400_000;
const INT64_MAX = 9_223_372_036_854_775_807n;
const INT64_MIN = -9_223_372_036_854_775_808n;

/** A stretch of time that one partition holds, from `start` up to and without `end`, in ns. */
export interface Period {
  /** Suffix of the partition's name: 20240808 for a day, 202408 for a month. */
  readonly name: string;
  readonly start: bigint;
  /** Undefined where 64 bits end before the period does (April 2262). */
  readonly end: bigint | undefined;
}

/** The UTC day of a time in ns. */
export function dayOf(tsEvent: bigint): Period {
  const day = floorDay(tsEvent);
  const name = new Date(day * MS_PER_DAY).toISOString().slice(0, 10).replaceAll('-', '');
  return period(name, day, day + 1);
}

/** The UTC month of a time in ns. */
export function monthOf(tsEvent: bigint): Period {
  const date = new Date(floorDay(tsEvent) * MS_PER_DAY);
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) / MS_PER_DAY;
  const next = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / MS_PER_DAY;
  return period(date.toISOString().slice(0, 7).replace('-', ''), first, next);
}

function floorDay(tsEvent: bigint): number {
  const day = tsEvent / NANOS_PER_DAY;
  return Number(tsEvent < day * NANOS_PER_DAY ? day - 1n : day);
}

function period(name: string, firstDay: number, nextDay: number): Period {
  const start = BigInt(firstDay) * NANOS_PER_DAY;
  const end = BigInt(nextDay) * NANOS_PER_DAY;
  return {
    name,
    start: start < INT64_MIN ? INT64_MIN : start,
    end: end > INT64_MAX ? undefined : end,
  };
}
