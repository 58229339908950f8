import type { ChangeRequest, RegionName, Register } from '@feedmill/core/region/register';
import type { ReplicateRequest, ReplicateResponse } from '@feedmill/proto/feedmill/v1/replicate_pb';
import type { Refusal } from '../ingest/refusal.ts';

/** What a region says to the witness. */
export interface WitnessRenewal {
  readonly region: RegionName;
  readonly known: Register | undefined;
  readonly primaryEpoch: number;
  readonly session: bigint;
}

export interface WitnessAnswer {
  readonly session: bigint;
  readonly register: Register | undefined;
  readonly isInDoubt: boolean;
}

export interface WitnessChange {
  readonly session: bigint;
  readonly isGranted: boolean;
  readonly why: string;
  readonly register: Register | undefined;
}

/** The way to the witness: gRPC in production. Both reject where no answer comes in time. */
export interface WitnessClient {
  renew(renewal: WitnessRenewal, timeoutMs: number): Promise<WitnessAnswer>;
  change(request: ChangeRequest, timeoutMs: number): Promise<WitnessChange>;
  close(): void;
}

/** What a stream of entries tells its follower. Nothing is called before `open` has returned. */
export interface PeerListener {
  onMessage(response: ReplicateResponse): void;
  /** Called once, and nothing after it; also after `cancel`. `code` is the name of a status. */
  onEnd(code: string, details: string): void;
}

/** A Replicate stream, seen by the follower. */
export interface PeerStream {
  send(request: ReplicateRequest): void;
  pause(): void;
  resume(): void;
  cancel(): void;
}

/** The way to the worker of the same shard in the other region. */
export interface PeerLink {
  open(listener: PeerListener): PeerStream;
}

/** A Replicate stream, seen by the primary. */
export interface ReplicaCall {
  /** Sends; false when the reader is slow and `onWritable` will be told. */
  send(response: ReplicateResponse): boolean;
  refuse(refusal: Refusal): void;
}

/** What the primary does with a stream. */
export interface ReplicaStream {
  onMessage(request: ReplicateRequest): void;
  onWritable(): void;
  onClosed(): void;
}

/** Where a worker of two regions gets its links from. */
export interface RegionLinks {
  readonly witness: WitnessClient;
  readonly peer: PeerLink;
}
