import { RejectReason } from '@feedmill/proto/feedmill/v1/event_pb';

/** A reason as a dead letter has it, and what it means. */
interface Rejection {
  readonly code: string;
  readonly meaning: string;
}

/**
 * What a source can say of something that it could not make an event of.
 * `docs/reference/dead-letters.md` is generated from this list.
 */
export const REJECTIONS: Readonly<Record<RejectReason, Rejection>> = {
  [RejectReason.UNSPECIFIED]: {
    code: 'REJECTED',
    meaning: 'The source gave no reason.',
  },
  [RejectReason.MALFORMED]: {
    code: 'REJECTED_MALFORMED',
    meaning: 'Not in the format that the feed speaks: broken JSON, text or framing.',
  },
  [RejectReason.UNKNOWN_KIND]: {
    code: 'REJECTED_UNKNOWN_KIND',
    meaning: 'Well formed, but of a kind that the source does not know.',
  },
  [RejectReason.BAD_FIELD]: {
    code: 'REJECTED_BAD_FIELD',
    meaning: 'A field is missing, or not of the type or range that its kind has.',
  },
  [RejectReason.NUMBER_INEXACT]: {
    code: 'REJECTED_NUMBER_INEXACT',
    meaning: 'A number that 64 bits or nine decimals do not hold exactly.',
  },
  [RejectReason.BOOK_CROSSED]: {
    code: 'REJECTED_BOOK_CROSSED',
    meaning: 'The best bid is above the best ask.',
  },
  [RejectReason.CHECKSUM_MISMATCH]: {
    code: 'REJECTED_CHECKSUM_MISMATCH',
    meaning: "The book after the message is not the one that the venue's checksum speaks of.",
  },
  [RejectReason.INSTRUMENT_UNKNOWN]: {
    code: 'REJECTED_INSTRUMENT_UNKNOWN',
    meaning: 'It names an instrument, channel or order that the feed has not introduced.',
  },
  [RejectReason.OVERSIZED]: {
    code: 'REJECTED_OVERSIZED',
    meaning: 'Longer than the source reads.',
  },
};
