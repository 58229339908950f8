import { QuoteStanding } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { type Int64, UNDEF_PRICE } from '../event.ts';
import type { AssetPair } from '../reference/asset-pair.ts';
import type { PairBook } from './pair-book.ts';

/** What of an instrument its quotes carry. */
export interface QuotedInstrument {
  /** Canonical SYMBOL.VENUE. */
  readonly name: string;
  readonly id: bigint;
  readonly pair: AssetPair | undefined;
}

/**
 * The latest quote of one instrument from one producer. A mutable object that lives as long as the
 * producer does: a quote allocates nothing. 64-bit times are halves, `Hi` signed, `Lo` unsigned.
 */
export class VenueQuote {
  readonly producerId: bigint;
  readonly instrument: QuotedInstrument;
  readonly venue: string;
  readonly publisherId: number;
  tsEventHi = 0;
  tsEventLo = 0;
  tsRecvHi = 0;
  tsRecvLo = 0;
  /** When the worker received it, ms of the journal's time. */
  heardMs = 0;
  producerSequence = 0;
  bidPx: Int64 = UNDEF_PRICE;
  bidSz: Int64 = 0;
  askPx: Int64 = UNDEF_PRICE;
  askSz: Int64 = 0;
  standing: QuoteStanding = QuoteStanding.NONE;
  /** The pair that it counts for now; kept by the consolidator. */
  book: PairBook | undefined;

  constructor(
    producerId: bigint,
    instrument: QuotedInstrument,
    venue: string,
    publisherId: number,
  ) {
    this.producerId = producerId;
    this.instrument = instrument;
    this.venue = venue;
    this.publisherId = publisherId;
  }

  get isLive(): boolean {
    return this.standing === QuoteStanding.LIVE;
  }

  /** Said at a later event time than another source's, or heard first of the same. */
  isNewerThan(other: VenueQuote): boolean {
    const order = compareHalves(this.tsEventHi, this.tsEventLo, other.tsEventHi, other.tsEventLo);
    if (order !== 0) return order > 0;
    const received = this.receivedOrder(other);
    return received === 0 ? this.producerId < other.producerId : received < 0;
  }

  /** Whether it stands for the instrument rather than another source's. */
  isRatherThan(other: VenueQuote): boolean {
    return this.isLive === other.isLive ? this.isNewerThan(other) : this.isLive;
  }

  /** Negative where it was received before the other. */
  receivedOrder({ tsRecvHi, tsRecvLo }: VenueQuote): number {
    return compareHalves(this.tsRecvHi, this.tsRecvLo, tsRecvHi, tsRecvLo);
  }

  /** Whether it is known of a later time than this, and nothing was missed since. */
  isLaterThan(tsEventHi: number, tsEventLo: number): boolean {
    return (
      this.standing <= QuoteStanding.FEED_STALE &&
      compareHalves(this.tsEventHi, this.tsEventLo, tsEventHi, tsEventLo) > 0
    );
  }
}

/** Orders two 64-bit times in halves: negative where the first is earlier. */
const compareHalves = (leftHi: number, leftLo: number, rightHi: number, rightLo: number): number =>
  leftHi === rightHi ? leftLo - rightLo : leftHi - rightHi;
