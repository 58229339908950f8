import { lagText } from '@feedmill/core/number-text';

const NANOS_PER_MS = 1_000_000n;
const MS_PER_SECOND = 1_000;
const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 86_400_000;

export const msOfNanos = (nanos: bigint): number => Number(nanos / NANOS_PER_MS);

/** Time of day in UTC with milliseconds: 10:29:02.376. */
export function clockText(nanos: bigint): string {
  return new Date(msOfNanos(nanos)).toISOString().slice(11, 23);
}

/** Date and time of day in UTC: 2026-11-21 10:29:02. */
export function momentText(nanos: bigint): string {
  return new Date(msOfNanos(nanos)).toISOString().slice(0, 19).replace('T', ' ');
}

/** How long ago, in one unit: `now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`. */
export function agoText(thenMs: number, nowMs: number): string {
  const age = nowMs - thenMs;
  if (age < MS_PER_SECOND) return 'now';
  if (age < MS_PER_MINUTE) return `${Math.floor(age / MS_PER_SECOND)} s ago`;
  if (age < MS_PER_HOUR) return `${Math.floor(age / MS_PER_MINUTE)} min ago`;
  if (age < MS_PER_DAY) return `${Math.floor(age / MS_PER_HOUR)} h ago`;
  return `${Math.floor(age / MS_PER_DAY)} d ago`;
}

/** A lag that may not be known. */
export const lagOrDash = (ms: number | undefined): string => (ms === undefined ? '–' : lagText(ms));
