const MS_PER_SECOND = 1000;
const SECONDS_PER_MINUTE = 60;
const MINUTES_PER_HOUR = 60;

/** Stands for a number that is not known (NaN). */
const UNKNOWN = '-';

/** Whole number with separators: 1,234,567. */
export function countText(count: number): string {
  if (Number.isNaN(count)) return UNKNOWN;
  const digits = String(Math.round(count));
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Number of at most five characters: 950, 9.5k, 184k, 12.3M. */
export function shortCountText(count: number): string {
  for (const [size, unit] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    // Beyond this the next smaller unit would round up to four digits.
    if (count >= size * 0.9995) {
      const value = count / size;
      return `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)}${unit}`;
    }
  }
  return count.toFixed(0);
}

/** Age or latency from milliseconds: 4 ms, 1.2 s, 3 min. */
export function lagText(ms: number): string {
  if (Number.isNaN(ms)) return UNKNOWN;
  if (ms < MS_PER_SECOND) return `${Math.round(ms)} ms`;
  const seconds = ms / MS_PER_SECOND;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  return `${Math.round(seconds / SECONDS_PER_MINUTE)} min`;
}

/** Length of time: 8 s, 3 min 5 s, 2 h 4 min. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / MS_PER_SECOND);
  if (seconds < SECONDS_PER_MINUTE) return `${seconds} s`;
  const minutes = Math.floor(seconds / SECONDS_PER_MINUTE);
  if (minutes < MINUTES_PER_HOUR) return `${minutes} min ${seconds % SECONDS_PER_MINUTE} s`;
  return `${Math.floor(minutes / MINUTES_PER_HOUR)} h ${minutes % MINUTES_PER_HOUR} min`;
}

/** Seconds with one decimal: 2.9 s. */
export function secondsText(ms: number): string {
  return `${(ms / MS_PER_SECOND).toFixed(1)} s`;
}

/** `1 event`, `2 events`; where an s does not make the plural, it is given. */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : nouns}`;
}
