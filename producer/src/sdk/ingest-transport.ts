import type { WorkerMessage } from './worker-message.ts';

/** The status names of gRPC, at the index of their code (grpc.github.io: statuscodes). */
export const STATUS_NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export type StatusName = (typeof STATUS_NAMES)[number];

/** How a stream or a call ended, with the trailers that the contract knows. */
export interface IngestStatus {
  readonly code: StatusName;
  /** The worker's sentence. */
  readonly details: string;
  /** Trailers feedmill-shard and feedmill-address: where the producer is bound. */
  readonly shard?: number | undefined;
  readonly address?: string | undefined;
  /** Trailer feedmill-incarnation: the newest that the worker knows. */
  readonly incarnation?: number | undefined;
  /** Trailer grpc-retry-pushback-ms: how long to stay away. */
  readonly pushbackMs?: number | undefined;
}

/** Where a producer is bound, or why that cannot be told. */
export type LocateAnswer =
  | { readonly kind: 'located'; readonly shard: number; readonly address: string }
  | { readonly kind: 'status'; readonly status: IngestStatus };

/** What a stream tells its session. Nothing is called before `open` has returned. */
export interface IngestStreamListener {
  onMessage(message: WorkerMessage): void;
  /** The stream takes requests again after `send` returned false. */
  onWritable(): void;
  /** Called once, and nothing after it; also after `cancel`. */
  onEnd(status: IngestStatus): void;
}

/** One Publish stream. */
export interface IngestStream {
  /**
   * Sends one serialized PublishRequest. The bytes must not change afterwards.
   *
   * @returns false when the caller should wait for `onWritable`; the request is taken all the same
   */
  send(request: Buffer): boolean;
  /** Says that nothing more is sent; the worker ends the stream. */
  finish(): void;
  /** Ends the stream at once. */
  cancel(): void;
}

/** The network as the SDK sees it: gRPC in production, the simulator's own in a simulation. */
export interface IngestTransport {
  /** Asks the worker at `address` (host:port) where the producer is bound. Never rejects. */
  locate(address: string, producer: string, timeoutMs: number): Promise<LocateAnswer>;
  /** Opens a Publish stream to `address` (host:port). Failures arrive through `onEnd`. */
  open(address: string, listener: IngestStreamListener): IngestStream;
}
