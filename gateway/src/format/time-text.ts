const NANOS_DIGITS = 9;
const NANOS_PER_SECOND = 1_000_000_000n;
const INT64_MAX = 9_223_372_036_854_775_807n;
const INT64_MIN = -9_223_372_036_854_775_808n;

/** How times are written: ISO 8601 with all nine decimals, or the ns themselves. */
export type TimeStyle = 'iso' | 'ns';

let cachedSeconds = '';
let cachedPrefix = '';

/** `2024-08-08T00:00:00.000000001Z` of a count of ns in text. */
function isoText(nanos: string): string {
  if (nanos.charCodeAt(0) === 45) return isoOfNegative(nanos);
  const padded = nanos.padStart(NANOS_DIGITS + 1, '0');
  const seconds = padded.slice(0, -NANOS_DIGITS);
  // Neighbouring rows mostly lie in the same second.
  if (seconds !== cachedSeconds) {
    cachedSeconds = seconds;
    cachedPrefix = secondsPrefix(Number(seconds));
  }
  return `${cachedPrefix}.${padded.slice(-NANOS_DIGITS)}Z`;
}

export const timeText = (nanos: string, style: TimeStyle): string =>
  style === 'ns' ? nanos : isoText(nanos);

function isoOfNegative(nanos: string): string {
  const value = BigInt(nanos);
  const rest = ((value % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND;
  const prefix = secondsPrefix(Number((value - rest) / NANOS_PER_SECOND));
  return `${prefix}.${String(rest).padStart(NANOS_DIGITS, '0')}Z`;
}

const secondsPrefix = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().slice(0, 19);

// The years whose every day 64 bits of ns can hold, and days as they can be; only that of a leap
// year is found out below.
const YEAR = '(?:167[89]|16[89]\\d|1[7-9]\\d\\d|2[01]\\d\\d|22[0-5]\\d|226[01])';
const LONG = '(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])';
const SHORT = '(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)';
const DATE = `${YEAR}-(?:${LONG}|${SHORT}|02-(?:0[1-9]|[12]\\d))`;
const HOUR_MINUTE = '(?:[01]\\d|2[0-3]):[0-5]\\d';
const CLOCK = `${HOUR_MINUTE}(?::[0-5]\\d(?:\\.\\d{1,9})?)?`;
const ZONE = '(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)';

/** ISO 8601 with its zone, a date, or ns since 1970. */
export const TIME_PATTERN = `^(?:-?\\d{1,19}|${DATE}(?:T${CLOCK}${ZONE})?)$`;

const isoParts = new RegExp(
  `^(${DATE})(?:T(${HOUR_MINUTE})(?::([0-5]\\d)(?:\\.(\\d{1,9}))?)?(${ZONE}))?$`,
);

/** The ns that a text of TIME_PATTERN stands for, or undefined where there is no such time. */
export function parseTime(text: string): bigint | undefined {
  const nanos = /^-?\d{1,19}$/.test(text) ? BigInt(text) : parseIso(text);
  return nanos !== undefined && nanos >= INT64_MIN && nanos <= INT64_MAX ? nanos : undefined;
}

function parseIso(text: string): bigint | undefined {
  const parts = isoParts.exec(text);
  if (parts === null) return undefined;
  const [, date = '', clock = '00:00', seconds = '00', fraction = '', zone = 'Z'] = parts;
  const ms = Date.parse(`${date}T${clock}:${seconds}${zone}`);
  const isReal = new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
  if (Number.isNaN(ms) || !isReal) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(NANOS_DIGITS, '0'));
}
