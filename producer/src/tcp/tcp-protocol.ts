import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';

/** What a protocol tells the connection that it is spoken on. */
export interface ProtocolSink {
  /** The other side has let us in. */
  ready(): void;
  /** Takes events; gives the number of the first in the producer's stream. */
  put(events: readonly FeedEvent[]): number;
  /** Sends a text, once the state of the protocol is kept. */
  send(text: string): void;
  /** Gives the connection up, for a reason in words. */
  end(reason: string): void;
}

/** What is spoken on a TCP connection; one object over all connections of a source. */
export interface TcpProtocol {
  readonly feed: FeedSymbol;
  /** A connection is open. */
  open(nowMs: number): void;
  take(bytes: Uint8Array, tsRecv: bigint, nowMs: number): void;
  /** Looks at the clock. */
  tick(nowMs: number): void;
  /** Says goodbye, before the connection is closed by us. */
  leave(): void;
  /** The connection has ended. */
  close(tsRecv: bigint): void;
  /** What the next start must know. */
  state(): string;
}

/** What makes a protocol for one run. */
export interface ProtocolStart {
  /** What the start before has left; undefined where there was none. */
  readonly saved: string | undefined;
  /** Number of the last event that a worker has taken. */
  readonly after: number;
  readonly sink: ProtocolSink;
  readonly wallNanos: () => bigint;
}
