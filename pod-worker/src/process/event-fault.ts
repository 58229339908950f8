/**
 * Why an event became a dead letter. The code is stored with it; `docs/reference/dead-letters.md`
 * is generated from this list.
 */
export const EVENT_FAULTS = {
  UNDECODABLE: 'The event is not valid protobuf.',
  NO_BODY: 'The event has no body, or one of a kind that this version does not know.',
  SYMBOL_MISSING: "The event's symbol index is not in the batch's dictionary.",
  ENUM_UNKNOWN: 'A field holds a number that its enum does not define.',
  TS_EVENT_RANGE: 'ts_event is before 1970 or more than a day ahead of our clock.',
  PRICE_UNDEFINED: 'A trade has no price (UNDEF_PRICE, the wire form of NaN).',
  PRICE_NEGATIVE: 'A price is below zero and the instrument does not allow that.',
  SIZE_NEGATIVE: 'A size is below zero.',
  INSTRUMENT_UNKNOWN: 'No definition of this symbol came before the event.',
  INSTRUMENT_NAME: 'A definition has no canonical name of the form SYMBOL.VENUE.',
  TEXT_INVALID: 'A text field is not UTF-8, holds a zero character or is too long.',
} as const;

export type EventFaultCode = keyof typeof EVENT_FAULTS;

/** Thrown while an event is handled; the event then becomes a dead letter and nothing else. */
export class EventFault extends Error {
  override readonly name = 'EventFault';
  readonly code: EventFaultCode;

  constructor(code: EventFaultCode, message: string) {
    super(message);
    this.code = code;
  }
}
