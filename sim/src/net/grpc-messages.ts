import type { StatusName } from '@feedmill/producer/sdk/ingest-transport';

/** A gRPC server is given up after this much silence: its keep-alive, then its timeout. */
export const GRPC_KEEP_ALIVE_MS = 15_000;

/** What opens a connection: one call each, as the SDK does it. */
export type CallOpening =
  | { readonly method: 'publish' | 'replicate' }
  | { readonly method: UnaryMethod };

/** Calls of a worker with one request and one answer. */
export type WorkerMethod = 'locate' | 'setBindings' | 'getState' | 'drain' | 'handOver';
/** The same of the witness. */
export type WitnessMethod = 'renew' | 'changeRegister';
export type UnaryMethod = WorkerMethod | WitnessMethod;

/** What a client sends on its call. */
export type ClientFrame =
  | { readonly kind: 'message'; readonly bytes: Buffer }
  /** It sends nothing more. */
  | { readonly kind: 'end' };

/** How a call ends: a status, with its trailers. */
export interface StatusFrame {
  readonly kind: 'status';
  readonly code: StatusName;
  readonly details: string;
  readonly trailers: Readonly<Record<string, string>>;
}

/** What a server sends on a call. */
export type ServerFrame = { readonly kind: 'message'; readonly bytes: Buffer } | StatusFrame;

/** Bytes of a frame beside its message. */
export const FRAME_OVERHEAD_BYTES = 16;
