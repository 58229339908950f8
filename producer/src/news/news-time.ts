const NANOS_PER_MS = 1_000_000n;
const MS_MAX = 9_223_372_036_854;
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?)?$/;
const RFC_822 = new RegExp(
  /^(?:[A-Za-z]{3},\s*)?\d{1,2} [A-Za-z]{3} \d{2,4} /.source +
    /\d\d:\d\d(:\d\d)? (GMT|UTC?|Z|[+-]\d{4}|[ECMP][SD]T)$/.source,
);

/**
 * A time as feeds of news write it: ISO 8601 (Atom, JSON Feed), in UTC where it names no zone, or
 * RFC 822 (RSS). In nanoseconds; undefined where it is neither, or outside 1970 to 2262.
 */
export function parseNewsTime(text: string): bigint | undefined {
  const trimmed = text.trim();
  const iso = ISO.exec(trimmed);
  if (iso !== null) {
    const [, date = '', clock = '00:00', fraction = '', zone = 'Z'] = iso;
    const nanos = BigInt(fraction.slice(1).padEnd(9, '0'));
    return nanosOf(Date.parse(`${date}T${clock}${zone}`), nanos);
  }
  if (!RFC_822.test(trimmed)) return undefined;
  return nanosOf(Date.parse(trimmed.replace(/ (UT|Z)$/, ' GMT')), 0n);
}

function nanosOf(ms: number, fraction: bigint): bigint | undefined {
  if (!Number.isInteger(ms) || ms < 0 || ms > MS_MAX) return undefined;
  return BigInt(ms) * NANOS_PER_MS + fraction;
}
