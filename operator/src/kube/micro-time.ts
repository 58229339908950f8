import { asEpochNanos, type EpochNanos } from '@feedmill/core/brand';

const NANOS_PER_MICRO = 1_000n;
const NANOS_PER_MS = 1_000_000n;
const MICROS_PER_MS = 1_000n;

/** A time as Kubernetes writes a MicroTime: always six digits, which the API server insists on. */
export function microTime(nanos: EpochNanos): string {
  const micros = nanos / NANOS_PER_MICRO;
  const seconds = new Date(Number(micros / MICROS_PER_MS)).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % 1_000_000n).padStart(6, '0')}Z`;
}

/** A time as Kubernetes writes a Time: whole seconds. */
export const secondTime = (nanos: EpochNanos): string =>
  `${new Date(Number(nanos / NANOS_PER_MS)).toISOString().slice(0, 19)}Z`;

/** The nanoseconds of a time that Kubernetes wrote; undefined where it is none. */
export function nanosOf(text: string | undefined): EpochNanos | undefined {
  const match = /^(.{19})(?:\.(\d{1,9}))?Z$/.exec(text ?? '');
  const ms = Date.parse(`${match?.[1] ?? ''}Z`);
  if (Number.isNaN(ms)) return undefined;
  const fraction = BigInt((match?.[2] ?? '').padEnd(9, '0'));
  return asEpochNanos(BigInt(ms) * NANOS_PER_MS + fraction);
}
