import { POLL_EVERY_MS_MAX, POLL_EVERY_MS_MIN } from './limits.ts';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `500ms`, `10s`, `5m` or `1h` in milliseconds, or what is wrong as half a sentence. */
export function everyMsOf(text: string): number | string {
  const [, digits = '', unit = ''] = /^(\d{1,8})(ms|s|m|h)$/.exec(text) ?? [];
  const everyMs = Number(digits) * (UNITS_MS[unit] ?? 0);
  if (everyMs >= POLL_EVERY_MS_MIN && everyMs <= POLL_EVERY_MS_MAX) return everyMs;
  const allowed = `${POLL_EVERY_MS_MIN}ms to ${POLL_EVERY_MS_MAX / 3_600_000}h`;
  return `every is '${text}'; write a time from ${allowed}, as 500ms, 10s or 5m`;
}

/** An address that can be asked, or what is wrong as half a sentence. */
export function urlProblem(url: string | undefined): string | undefined {
  if (url === undefined) return 'url is missing; write url=https://host/path, with ? as %3F';
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return undefined;
  return `url is '${url}'; write http://host/path or https://host/path`;
}
