import type { EpochNanos } from '@feedmill/core/brand';
import type { FeedEvent } from '@feedmill/core/event';

/** Why a message is no event. */
export type MessageProblem =
  /** Not JSON at all. */
  | 'not_json'
  /** JSON, but no message that the mapper knows. */
  | 'unsupported_message'
  /** A field is missing, of the wrong type, or a number that 64 bits cannot hold. */
  | 'bad_field'
  /** A book of no named instrument, in a session that has none or several. */
  | 'snapshot_without_symbol';

/** Where a mapper counts what it cannot read. */
export interface MessageProblems {
  /** @param detail what was seen, in words for the log */
  count(kind: MessageProblem, detail: string): void;
}

/**
 * Turns the raw messages of one venue's session into events, in their order. Captures and live
 * connectors use the same mappers. A mapper keeps little state (which instruments it has named)
 * and is deterministic: the same messages give the same events.
 */
export interface VenueMapper {
  /**
   * The events of one message, none where it holds none. What cannot be read is counted as a
   * problem, never thrown. The first event of an instrument is preceded by its DEFINITION.
   *
   * @param text the message as the venue sent it
   * @param tsRecv when it was received
   */
  map(text: string, tsRecv: EpochNanos): readonly FeedEvent[];
}
