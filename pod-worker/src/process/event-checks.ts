import { UNDEF_PRICE } from '@feedmill/core/event';
import type { EventView } from '@feedmill/core/wire/event-view';
import { bigintFromHalves } from '@feedmill/core/wire/int64-halves';
import { AggressorSide, SequenceKind, TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';
import { LIMITS } from '../limits.ts';
import { EventFault } from './event-fault.ts';

const TWO_32 = 4_294_967_296;
const NANOS_PER_MS = 1e6;
const UNDEF_HI = 0x7fff_ffff;
const UNDEF_LO = 0xffff_ffff;

/** @throws EventFault where the value is not one of the enum's */
export function checkEnum(field: string, value: number, max: number): void {
  if (value >= 0 && value <= max) return;
  throw new EventFault('ENUM_UNKNOWN', `${field} is ${value}; 0 to ${max} are defined.`);
}

/**
 * The checks that every event must pass.
 *
 * @param tsInitMs our receive time, ms since 1970
 * @throws EventFault
 */
export function checkHeader(event: EventView, tsInitMs: number): void {
  checkEnum('ts_event_source', event.tsEventSource, TsEventSource.RECV_FALLBACK);
  checkEnum('sequence_kind', event.sequenceKind, SequenceKind.SPARSE);
  const tsEventMs = (event.tsEventHi * TWO_32 + event.tsEventLo) / NANOS_PER_MS;
  if (event.tsEventHi < 0 || tsEventMs > tsInitMs + LIMITS.tsEventAheadMaxMs) {
    const nanos = bigintFromHalves(event.tsEventHi, event.tsEventLo);
    throw new EventFault(
      'TS_EVENT_RANGE',
      `ts_event is ${nanos} ns; allowed is 1970 to ${LIMITS.tsEventAheadMaxMs / 3_600_000} hours ` +
        'ahead of the receive time.',
    );
  }
  if (event.tsRecvHi < 0) {
    const nanos = bigintFromHalves(event.tsRecvHi, event.tsRecvLo);
    throw new EventFault('TS_EVENT_RANGE', `ts_recv is ${nanos} ns, which is before 1970.`);
  }
  if (event.sessionId !== '') checkKeyText('session_id', event.sessionId);
}

/**
 * Postgres' text cannot hold a zero character.
 *
 * @throws EventFault
 */
export function checkText(field: string, text: string): void {
  if (!text.includes('\0')) return;
  throw new EventFault('TEXT_INVALID', `${field} holds a zero character.`);
}

/**
 * Text that is part of a key: an index takes no row of more than 2,704 bytes.
 *
 * @throws EventFault
 */
export function checkKeyText(field: string, text: string): void {
  checkText(field, text);
  const bytes = Buffer.byteLength(text);
  if (bytes <= LIMITS.textBytesMax) return;
  throw new EventFault(
    'TEXT_INVALID',
    `${field} has ${bytes} bytes; ${LIMITS.textBytesMax} are allowed.`,
  );
}

export function isUndefPrice(hi: number, lo: number): boolean {
  return hi === UNDEF_HI && lo === UNDEF_LO;
}

/** @throws EventFault for a trade's price that is missing or, unless allowed, negative */
export function checkTradePrice(hi: number, lo: number, allowsNegative: boolean): void {
  if (isUndefPrice(hi, lo)) {
    throw new EventFault('PRICE_UNDEFINED', `price is UNDEF_PRICE (${UNDEF_PRICE}).`);
  }
  checkPriceSign('price', hi, lo, allowsNegative);
}

/** @throws EventFault where a price is negative and may not be */
export function checkPriceSign(
  field: string,
  hi: number,
  lo: number,
  allowsNegative: boolean,
): void {
  if (hi >= 0 || allowsNegative) return;
  throw new EventFault(
    'PRICE_NEGATIVE',
    `${field} is ${bigintFromHalves(hi, lo)}e-9; the instrument's definition does not allow ` +
      'negative prices.',
  );
}

/** @throws EventFault where a size is negative */
export function checkSize(field: string, hi: number, lo: number): void {
  if (hi >= 0) return;
  throw new EventFault('SIZE_NEGATIVE', `${field} is ${bigintFromHalves(hi, lo)}e-9.`);
}

export function checkAggressorSide(value: number): void {
  checkEnum('aggressor_side', value, AggressorSide.NO_AGGRESSOR);
}

/**
 * Postgres' text cannot hold a zero character, and a key must not be unbounded.
 *
 * @throws EventFault
 */
export function checkTextRange(event: EventView, field: string, start: number, end: number): void {
  if (end - start > LIMITS.textBytesMax) {
    throw new EventFault(
      'TEXT_INVALID',
      `${field} has ${end - start} bytes; ${LIMITS.textBytesMax} are allowed.`,
    );
  }
  const { bytes } = event;
  let isAscii = true;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte === 0) throw new EventFault('TEXT_INVALID', `${field} holds a zero character.`);
    if (byte > 0x7f) isAscii = false;
  }
  // text() throws where it is not UTF-8.
  if (!isAscii) event.text(start, end);
}
