import type { HttpServer, Metrics, Readiness } from '@feedmill/core/probes';
import type {
  DrainRequest,
  DrainResponse,
  GetStateRequest,
  GetStateResponse,
  HandOverRequest,
  HandOverResponse,
  SetBindingsRequest,
  SetBindingsResponse,
} from '@feedmill/proto/feedmill/v1/control_pb';
import type { LocateRequest, LocateResponse } from '@feedmill/proto/feedmill/v1/ingest_pb';
import type {
  LatestRequest,
  LatestResponse,
  SubscribeDerivedRequest,
  SubscribeRequest,
} from '@feedmill/proto/feedmill/v1/subscribe_pb';
import type { PublishHost } from './ingest/publish-stream.ts';
import type { Refusal } from './ingest/refusal.ts';
import type { LiveCall, LiveStream } from './live/live-call.ts';
import type { ReplicaCall, ReplicaStream } from './region/region-links.ts';

/** Thrown by a handler of a unary call; becomes the call's status. */
export class CallRefused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.details);
    this.refusal = refusal;
  }
}

/** What the services answer with. */
export interface WorkerServices {
  readonly publishHost: PublishHost;
  readonly batchBytesMax: number;
  readonly streamsMax: number;
  /** Undefined where the call was refused. */
  subscribe(request: SubscribeRequest, call: LiveCall): LiveStream | undefined;
  subscribeDerived(request: SubscribeDerivedRequest, call: LiveCall): LiveStream | undefined;
  latest(request: LatestRequest): LatestResponse;
  locate(request: LocateRequest): LocateResponse;
  setBindings(request: SetBindingsRequest): Promise<SetBindingsResponse>;
  getState(request: GetStateRequest): GetStateResponse;
  drain(request: DrainRequest): Promise<DrainResponse>;
  handOver(request: HandOverRequest): Promise<HandOverResponse>;
  /** Undefined where the call was refused. */
  replicate(call: ReplicaCall): ReplicaStream | undefined;
}

/** The door that programs come through. */
export interface WorkerServer {
  /** host:port it listens on. */
  readonly address: string;
  setServing(serving: boolean): void;
  /** Ends all streams with UNAVAILABLE, waits for calls under way, and stops listening. */
  close(): Promise<void>;
}

/** The network as a worker sees it: gRPC and HTTP in production. */
export interface WorkerDoors {
  /** @param listen host:port; port 0 takes a free one */
  openGrpc(listen: string, services: WorkerServices): Promise<WorkerServer>;
  openHttp(listen: string, metrics: Metrics, readiness: () => Readiness): Promise<HttpServer>;
}
