import { fromBinary } from '@bufbuild/protobuf';
import { FeedmillError } from '@feedmill/core/errors';
import type { WorkerConfig } from '@feedmill/pod-worker/config';
import type { PeerLink, RegionLinks } from '@feedmill/pod-worker/region/region-links';
import { callWitness, type WitnessCall } from '@feedmill/pod-worker/region/witness-calls';
import {
  ReplicateRequestSchema,
  ReplicateResponseSchema,
} from '@feedmill/proto/feedmill/v1/replicate_pb';
import {
  ChangeRegisterRequestSchema,
  ChangeRegisterResponseSchema,
  RenewRequestSchema,
  RenewResponseSchema,
} from '@feedmill/proto/feedmill/v1/witness_pb';
import type { SimProcess } from '../kernel/sim-process.ts';
import {
  type CallOpening,
  FRAME_OVERHEAD_BYTES,
  GRPC_KEEP_ALIVE_MS,
  type ServerFrame,
} from './grpc-messages.ts';
import { encoded } from './server-calls.ts';
import { callUnary } from './sim-call.ts';
import type { SimNetwork } from './sim-network.ts';

/** A worker's ways to the other region and to the witness: what region-links.ts is on gRPC. */
export function simRegionLinks(
  program: SimProcess,
  network: SimNetwork,
  { peer, witness, clusterId, shard }: WorkerConfig,
): RegionLinks {
  const schemas = {
    renew: { request: RenewRequestSchema, response: RenewResponseSchema },
    changeRegister: {
      request: ChangeRegisterRequestSchema,
      response: ChangeRegisterResponseSchema,
    },
  } as const;
  const call: WitnessCall = async (method, request, timeoutMs) => {
    const schema = schemas[method];
    const target = { program, network, address: witness, timeoutMs };
    const answer = await callUnary(target, method, encoded(schema.request, request));
    if (answer.kind === 'message') return fromBinary(schema.response, answer.bytes) as never;
    throw new FeedmillError('WITNESS_UNAVAILABLE', `The witness: ${answer.details}`);
  };
  return {
    witness: callWitness({ clusterId, shard }, call, () => undefined),
    peer: peerLink(program, network, peer),
  };
}

function peerLink(program: SimProcess, network: SimNetwork, address: string): PeerLink {
  return {
    open(listener) {
      const opening: CallOpening = { method: 'replicate' };
      let isOver = false;
      const end = (code: string, details: string): void => {
        if (isOver) return;
        isOver = true;
        socket.close();
        listener.onEnd(code, details);
      };
      const socket = network.connect(program, address, GRPC_KEEP_ALIVE_MS, opening, {
        onMessage(frame) {
          if (isOver) return;
          const message = frame as ServerFrame;
          if (message.kind === 'status') end(message.code, message.details);
          else listener.onMessage(fromBinary(ReplicateResponseSchema, message.bytes));
        },
        onWritable: () => undefined,
        onEnd: (cause) => end('UNAVAILABLE', `the connection was ${cause}`),
      });
      return {
        send(request) {
          const bytes = encoded(ReplicateRequestSchema, request);
          socket.send({ kind: 'message', bytes }, bytes.length + FRAME_OVERHEAD_BYTES);
        },
        pause: () => socket.pause(),
        resume: () => socket.resume(),
        cancel() {
          socket.close();
          program.after(0, 'cancelled', () => end('CANCELLED', 'cancelled by us'));
        },
      };
    },
  };
}
