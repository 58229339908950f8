import type { FeedEvent } from '@feedmill/core/event';
import type { EventTable } from '@feedmill/store/copy/tables';

/** What has to become of an event. */
export type Outcome =
  /** A row, or rows, of this table. */
  | { readonly kind: 'stored'; readonly table: EventTable }
  /** The venue's repetition of an event: counted. */
  | { readonly kind: 'duplicate' }
  /** Nothing, because books are not kept: counted. */
  | { readonly kind: 'unstored' }
  | { readonly kind: 'dead letter'; readonly reason: string };

/** An event as a feed will bring it. */
export interface PlannedEvent {
  readonly event: FeedEvent;
  /** Virtual time from which on the feed has it, ms. */
  readonly dueMs: number;
  readonly outcome: Outcome;
}

/** All that one producer will send, in the order of its sequence. */
export interface PlannedFeed {
  readonly producer: string;
  readonly events: readonly PlannedEvent[];
}
