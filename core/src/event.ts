import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import type {
  AggressorSide,
  BarSchema,
  BookAction,
  ConsolidatedQuoteSchema,
  CorrectionSchema,
  DefinitionSchema,
  FeedStatusSchema,
  GapSchema,
  NewsSchema,
  OrderEventSchema,
  RejectedSchema,
  SequenceKind,
  Side,
  StatusSchema,
  TsEventSource,
} from '@feedmill/proto/feedmill/v1/event_pb';

/**
 * An exact signed 64-bit integer. A number where it is an integer of magnitude below 2^53,
 * otherwise a bigint; prices and sizes are mantissas times 1e-9.
 */
export type Int64 = number | bigint;

/** Price of a side that does not exist (DBN's UNDEF_PRICE, INT64_MAX). */
export const UNDEF_PRICE = 9_223_372_036_854_775_807n;

/** Low byte: DBN's record flags. High byte: ours. */
export const Flag = {
  LAST: 0x80,
  TOB: 0x40,
  SNAPSHOT: 0x20,
  MBP: 0x10,
  BAD_TS_RECV: 0x08,
  MAYBE_BAD_BOOK: 0x04,
  REPLAYED: 0x0100,
  LATE: 0x0200,
  AFTER_GAP: 0x0400,
  OUT_OF_ORDER: 0x0800,
  SYNTHETIC: 0x1000,
} as const;

/** Who sent an event and how they call the instrument. Also the key of a batch's dictionary. */
export interface FeedSymbol {
  readonly publisherId: number;
  /** ISO 10383 MIC or upper-case crypto code. */
  readonly venue: string;
  /** Exactly what the feed sent; empty for events about the feed as a whole. */
  readonly rawSymbol: string;
}

/** The fields that every event has (architecture: events, section 1). */
export interface EventHeader {
  readonly symbol: FeedSymbol;
  /** Venue event time, ns. */
  readonly tsEvent: bigint;
  readonly tsEventSource: TsEventSource;
  /** Receive time at the capturing host, ns. */
  readonly tsRecv: bigint;
  readonly tsInDelta?: number;
  readonly flags?: number;
  readonly channelId?: number;
  readonly sessionId?: string;
  readonly epoch?: number;
  readonly sequenceKind?: SequenceKind;
  readonly sequence?: Int64;
  readonly sequenceEnd?: Int64;
  readonly prevSequence?: Int64;
  readonly eventKey?: Uint8Array;
}

export interface TradeBody {
  readonly price: Int64;
  readonly size: Int64;
  readonly aggressorSide: AggressorSide;
  readonly tradeId: string;
  readonly saleConditions?: readonly string[];
  readonly updatesLast?: boolean;
  readonly updatesHighLow?: boolean;
  readonly updatesVolume?: boolean;
  readonly trf?: string;
}

export interface QuoteBody {
  readonly bidPx: Int64;
  readonly bidSz: Int64;
  readonly bidCt?: number;
  readonly askPx: Int64;
  readonly askSz: Int64;
  readonly askCt?: number;
  readonly quoteCondition?: string;
  readonly isIndicative?: boolean;
}

export interface BookChangeBody {
  readonly action: BookAction;
  readonly side: Side;
  readonly price: Int64;
  /** Absolute size at the level; 0 removes it. */
  readonly size: Int64;
  readonly orderId?: Int64;
  readonly depth?: number;
}

export interface BookDeltaBody {
  readonly changes: readonly BookChangeBody[];
  readonly checksum?: bigint;
}

export interface BookLevelBody {
  readonly price: Int64;
  readonly size: Int64;
  readonly count?: number;
}

export interface BookSnapshotBody {
  readonly bids: readonly BookLevelBody[];
  readonly asks: readonly BookLevelBody[];
  readonly asOfSequence: Int64;
}

/** What the event says. The four frequent kinds have types of their own, the rest protobuf's. */
export type EventBody =
  | { readonly case: 'trade'; readonly value: TradeBody }
  | { readonly case: 'quote'; readonly value: QuoteBody }
  | { readonly case: 'bookDelta'; readonly value: BookDeltaBody }
  | { readonly case: 'bookSnapshot'; readonly value: BookSnapshotBody }
  | { readonly case: 'consolidatedQuote'; readonly value: Init<typeof ConsolidatedQuoteSchema> }
  | { readonly case: 'bar'; readonly value: Init<typeof BarSchema> }
  | { readonly case: 'news'; readonly value: Init<typeof NewsSchema> }
  | { readonly case: 'status'; readonly value: Init<typeof StatusSchema> }
  | { readonly case: 'definition'; readonly value: Init<typeof DefinitionSchema> }
  | { readonly case: 'correction'; readonly value: Init<typeof CorrectionSchema> }
  | { readonly case: 'gap'; readonly value: Init<typeof GapSchema> }
  | { readonly case: 'feedStatus'; readonly value: Init<typeof FeedStatusSchema> }
  | { readonly case: 'orderEvent'; readonly value: Init<typeof OrderEventSchema> }
  | { readonly case: 'rejected'; readonly value: Init<typeof RejectedSchema> };

type Init<Schema extends DescMessage> = MessageInitShape<Schema>;

/** One event as a source makes it: what mappers produce and the SDK sends. */
export interface FeedEvent extends EventHeader {
  readonly body: EventBody;
}
