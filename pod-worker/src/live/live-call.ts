import type { Refusal } from '../ingest/refusal.ts';

/** The transport of one stream of responses, as the live side sees it. */
export interface LiveCall {
  /** Sends a serialized response; false when the reader is slow and `onWritable` will be told. */
  send(response: Buffer): boolean;
  /** Ends the stream with a status. */
  refuse(refusal: Refusal): void;
}

/** A stream that is open, as its transport sees it. */
export interface LiveStream {
  /** The reader can take more. */
  onWritable(): void;
  /** The transport is gone. */
  onClosed(): void;
}
