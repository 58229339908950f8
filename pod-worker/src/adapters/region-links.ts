import { FeedmillError } from '@feedmill/core/errors';
import {
  type ReplicateRequest,
  type ReplicateResponse,
  ReplicateService,
} from '@feedmill/proto/feedmill/v1/replicate_pb';
import { WitnessService } from '@feedmill/proto/feedmill/v1/witness_pb';
import { grpcServiceDefinition } from '@feedmill/proto/grpc-service';
import {
  type CallOptions,
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  type ClientUnaryCall,
  credentials,
  makeGenericClientConstructor,
  type requestCallback,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import type { WorkerConfig } from '../config.ts';
import { LIMITS } from '../limits.ts';
import type {
  PeerLink,
  PeerListener,
  PeerStream,
  RegionLinks,
  WitnessClient,
} from '../region/region-links.ts';
import { callWitness, type WitnessCall } from '../region/witness-calls.ts';

const CHANNEL: ChannelOptions = {
  // Whoever was away is found again at once: the silence before it counts.
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.min_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 250,
  'grpc.enable_retries': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1,
};

const PEER_CHANNEL: ChannelOptions = {
  ...CHANNEL,
  'grpc.max_receive_message_length': LIMITS.replicaMessageBytesMax,
  // The client decides how much may be on its way: with the default of 64 KiB a round trip of 20 ms
  // would carry 3 MB/s.
  'grpc-node.flow_control_window': LIMITS.replicaWindowBytes,
};

/** gRPC to the other region and to the witness. */
export function openRegionLinks(config: WorkerConfig): RegionLinks {
  return { witness: witnessClient(config), peer: peerLink(config.peer) };
}

const WitnessCaller = makeGenericClientConstructor(
  grpcServiceDefinition(WitnessService),
  'WitnessService',
);

type Method = (
  request: unknown,
  options: CallOptions,
  callback: requestCallback<unknown>,
) => ClientUnaryCall;

function witnessClient({ witness, clusterId, shard }: WorkerConfig): WitnessClient {
  const caller = new WitnessCaller(witness, credentials.createInsecure(), CHANNEL);
  const call: WitnessCall = (method, request, timeoutMs) =>
    new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + timeoutMs };
      const callback: requestCallback<unknown> = (error, response) => {
        if (error === null) resolve(response as never);
        else reject(unreached(witness, error.details));
      };
      (caller[method] as Method).call(caller, request, options, callback);
    });
  return callWitness({ clusterId, shard }, call, () => caller.close());
}

const unreached = (address: string, details: string): FeedmillError =>
  new FeedmillError('WITNESS_UNAVAILABLE', `The witness at ${address} does not answer: ${details}`);

const REPLICATE = grpcServiceDefinition(ReplicateService)['replicate'];

function peerLink(address: string): PeerLink {
  if (REPLICATE === undefined) throw new Error('ReplicateService has no method Replicate');
  const { path, requestSerialize, responseDeserialize } = REPLICATE;
  return {
    open(listener) {
      const client = new Client(address, credentials.createInsecure(), PEER_CHANNEL);
      const call = client.makeBidiStreamRequest<ReplicateRequest, ReplicateResponse>(
        path,
        requestSerialize,
        responseDeserialize as (bytes: Buffer) => ReplicateResponse,
      );
      return peerStream(client, call, listener);
    },
  };
}

function peerStream(
  client: Client,
  call: ClientDuplexStream<ReplicateRequest, ReplicateResponse>,
  listener: PeerListener,
): PeerStream {
  call.on('data', (response: ReplicateResponse) => listener.onMessage(response));
  // Every failure arrives as a status as well; without a listener it would end the process.
  call.on('error', () => undefined);
  call.on('status', ({ code, details }: StatusObject) => {
    client.close();
    listener.onEnd(status[code] ?? 'UNKNOWN', details);
  });
  return {
    send: (request) => void call.write(request),
    pause: () => void call.pause(),
    resume: () => void call.resume(),
    cancel: () => call.cancel(),
  };
}
