import type {
  EventKind,
  SubscribeDerivedResponse,
  SubscribeResponse,
} from '@feedmill/proto/feedmill/v1/subscribe_pb';

/** What a stream of a worker tells. */
export interface ShardListener<Response> {
  response(response: Response): void;
  /** It has ended, for whatever reason. Nothing comes after it. */
  ended(end: ShardStreamEnd): void;
}

export interface ShardStreamEnd {
  /**
   * trimmed: the journal no longer holds what comes next; it begins at `firstPosition`. refused:
   * the worker has too many readers. away: anything else, and worth another try.
   */
  readonly kind: 'trimmed' | 'refused' | 'away';
  readonly firstPosition?: number | undefined;
  readonly details: string;
}

/** A stream that is under way. */
export interface ShardStream {
  /** What comes stays with the worker meanwhile. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** Where a shard is read from; adapters/grpc-shard-source.ts is the real one. */
export interface ShardSource {
  readonly address: string;
  /** The journal's events behind a position, of some kinds or of all. */
  events(
    after: number,
    kinds: readonly EventKind[],
    listener: ShardListener<SubscribeResponse>,
  ): ShardStream;
  /** What the sink's transactions commit from now on. */
  derived(listener: ShardListener<SubscribeDerivedResponse>): ShardStream;
  close(): void;
}
