import type { Epoch } from '@feedmill/core/brand';
import type { FeedmillError } from '@feedmill/core/errors';

/** Where a producer stands. Each change is an event and a log line. */
export type ProducerState =
  /** Made, not connected. */
  | { readonly kind: 'idle' }
  /** Asking where its worker is. */
  | { readonly kind: 'locating' }
  /** A stream is open, the worker has not answered Hello. */
  | { readonly kind: 'greeting'; readonly address: string }
  /** Events flow. */
  | {
      readonly kind: 'streaming';
      readonly address: string;
      readonly shard: number;
      readonly epoch: Epoch;
    }
  /** The worker is away or asked for a pause; the buffer keeps everything. */
  | { readonly kind: 'waiting'; readonly delayMs: number; readonly reason: string }
  /** Refused for good. Nothing is sent any more. */
  | { readonly kind: 'failed'; readonly error: FeedmillError }
  /** Closed by its owner. */
  | { readonly kind: 'closed' };
