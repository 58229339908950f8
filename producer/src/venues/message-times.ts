import { TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';
import { badField, decimalOf, type Message } from './message-fields.ts';

const NANOS_PER_MS = 1_000_000n;
const NANOS_PER_MICRO = 1_000n;
// 2^63 ns is in the year 2262.
const MICROS_MAX = 9_223_372_036_854_775n;
const MS_MAX = 9_223_372_036_854;
// ts_in_delta has 32 bits: send times further away are left out rather than wrapped.
const DELTA_NANOS_MAX = 0x7fff_ffff;
const ISO_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/;

/** The times of one event. */
export interface Times {
  readonly tsEvent: bigint;
  readonly tsEventSource: TsEventSource;
  readonly tsRecv: bigint;
  readonly tsInDelta?: number;
}

/** The venue says when it happened. */
export const venueTime = (tsEvent: bigint, tsRecv: bigint): Times => ({
  tsEvent,
  tsEventSource: TsEventSource.VENUE,
  tsRecv,
});

/** The venue says only when it sent the message. */
export const sendTime = (tsEvent: bigint, tsRecv: bigint): Times => ({
  tsEvent,
  tsEventSource: TsEventSource.VENUE_SEND,
  tsRecv,
  ...sendDelta(tsEvent, tsRecv),
});

/** The venue says no time: when it was received stands in. */
export const receiveTime = (tsRecv: bigint): Times => ({
  tsEvent: tsRecv,
  tsEventSource: TsEventSource.RECV_FALLBACK,
  tsRecv,
});

/** How long a message was on its way, where 32 bits hold that. */
export function sendDelta(sent: bigint, tsRecv: bigint): { readonly tsInDelta?: number } {
  const delta = Number(tsRecv - sent);
  return Math.abs(delta) <= DELTA_NANOS_MAX ? { tsInDelta: delta } : {};
}

/**
 * A time in milliseconds as nanoseconds.
 *
 * @throws MessageFault bad_field
 */
export function millisOf(message: Message, name: string): bigint {
  const value = message[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= MS_MAX) {
    return BigInt(value) * NANOS_PER_MS;
  }
  throw badField(name, value, 'a time in milliseconds');
}

/** The same in quotes. */
export function quotedMillisOf(message: Message, name: string): bigint {
  const value = message[name];
  const isTime = typeof value === 'string' && /^\d{1,13}$/.test(value) && Number(value) <= MS_MAX;
  if (isTime) return BigInt(value) * NANOS_PER_MS;
  throw badField(name, value, 'a time in milliseconds, in quotes');
}

/** A time in microseconds, bare or in quotes, as nanoseconds. */
export function microsOf(message: Message, name: string): bigint {
  const value = message[name];
  const isBare = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  const isQuoted = typeof value === 'string' && /^\d{1,16}$/.test(value);
  if (isBare || isQuoted) {
    const micros = BigInt(value);
    if (micros <= MICROS_MAX) return micros * NANOS_PER_MICRO;
  }
  throw badField(name, value, 'a time in microseconds');
}

/** Seconds with decimals, in quotes, as nanoseconds: a decimal's mantissa is just that. */
export function quotedSecondsOf(value: unknown, name: string): bigint {
  const mantissa = decimalOf(value, name);
  if (mantissa >= 0) return BigInt(mantissa);
  throw badField(name, value, 'a time in seconds');
}

/**
 * An ISO 8601 time in UTC with up to nine decimals, to the nanosecond.
 *
 * @throws MessageFault bad_field
 */
export function isoNanosOf(message: Message, name: string): bigint {
  const value = message[name];
  const parts = typeof value === 'string' ? ISO_TIME.exec(value) : null;
  if (parts === null) throw badField(name, value, 'a time like 2021-04-17T16:43:37.075687Z');
  const [, year, month, day, hour, minute, second, fraction = ''] = parts;
  const ms = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  if (ms < 0 || ms > MS_MAX - 1000) throw badField(name, value, 'a time from 1970 to 2262');
  return BigInt(ms) * NANOS_PER_MS + BigInt(fraction.padEnd(9, '0'));
}
