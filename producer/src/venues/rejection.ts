import { type FeedEvent, type FeedSymbol, Flag } from '@feedmill/core/event';
import { RejectReason, TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';
import { Channel } from './channels.ts';
import { REJECTED_DETAIL_CHARS_MAX, REJECTED_RAW_BYTES_MAX } from './limits.ts';

/** Why what was received is no event; each is a reason of a dead letter. */
const REASONS = {
  /** Not in the format that the feed speaks. */
  malformed: RejectReason.MALFORMED,
  /** Well formed, but no message that the mapper knows. */
  unknown_kind: RejectReason.UNKNOWN_KIND,
  /** A field is missing, of the wrong type or out of its range. */
  bad_field: RejectReason.BAD_FIELD,
  /** A number that 64 bits or nine decimals do not hold. */
  number_inexact: RejectReason.NUMBER_INEXACT,
  /** The best bid above the best ask. */
  book_crossed: RejectReason.BOOK_CROSSED,
  /** Another book than the venue's checksum speaks of. */
  checksum_mismatch: RejectReason.CHECKSUM_MISMATCH,
  /** An instrument or channel that was not introduced. */
  instrument_unknown: RejectReason.INSTRUMENT_UNKNOWN,
  /** Longer than what is read. */
  oversized: RejectReason.OVERSIZED,
} as const;

export type RejectionKind = keyof typeof REASONS;

/** What could still be read of a message that is no event: its number counts. */
export type RejectedHeader = Partial<Omit<FeedEvent, 'body' | 'tsRecv'>>;

/** Why a message is no event; caught where messages come in. */
export class MessageFault extends Error {
  override readonly name = 'MessageFault';
  readonly kind: RejectionKind;
  /** A decimal that is too large, rather than too fine. */
  isBeyond = false;
  /** Set on the way out, by the first who knows. */
  header: RejectedHeader | undefined;
  /** A number of more digits than a double has: the message must be parsed again with all. */
  readonly isInexact: boolean;

  constructor(kind: RejectionKind, message: string, isInexact = false) {
    super(message);
    this.kind = kind;
    this.isInexact = isInexact;
  }
}

/** The fault of a message by which the venue declines something that was asked for. */
export const refused = (...why: unknown[]): MessageFault => {
  const words = why.filter((each) => each !== undefined).map((each) => JSON.stringify(each));
  return new MessageFault('unknown_kind', `the venue refuses: ${words.join(', ')}`);
};

/** Reads a part of a message of which so much is known already. */
export function within<Part>(header: RejectedHeader, read: () => Part): Part {
  try {
    return read();
  } catch (error) {
    if (error instanceof MessageFault) error.header ??= header;
    throw error;
  }
}

/** Where something came in, as far as it is known. */
export interface RejectedAt {
  /** The instrument, or the feed as a whole. */
  readonly symbol: FeedSymbol;
  readonly tsRecv: bigint;
}

/**
 * The event that takes the place of what could not be made one.
 *
 * @param raw as it was received; kept up to REJECTED_RAW_BYTES_MAX
 */
export function rejectedEvent(
  at: RejectedAt,
  kind: RejectionKind,
  detail: string,
  raw: string | Uint8Array,
  header: RejectedHeader = {},
): FeedEvent {
  const bytes = typeof raw === 'string' ? Buffer.from(raw, 'utf8') : raw;
  // A zero character in the words would make them a dead letter of their own.
  const words = detail.replaceAll('\0', '\uFFFD').slice(0, REJECTED_DETAIL_CHARS_MAX);
  return {
    symbol: at.symbol,
    tsEvent: at.tsRecv,
    tsEventSource: TsEventSource.RECV_FALLBACK,
    flags: Flag.LAST,
    channelId: Channel.FEED,
    ...header,
    tsRecv: at.tsRecv,
    body: {
      case: 'rejected',
      value: {
        reason: REASONS[kind],
        detail: words,
        raw: bytes.slice(0, REJECTED_RAW_BYTES_MAX),
        rawBytes: BigInt(bytes.length),
      },
    },
  };
}
