import { fromBinary } from '@bufbuild/protobuf';
import {
  decodePublishRequest,
  encodePublishResponse,
} from '@feedmill/pod-worker/ingest/publish-codec';
import { PublishDoor } from '@feedmill/pod-worker/ingest/publish-door';
import type { PublishCall } from '@feedmill/pod-worker/ingest/publish-stream';
import type { WorkerDoors, WorkerServices } from '@feedmill/pod-worker/worker-doors';
import {
  DrainRequestSchema,
  DrainResponseSchema,
  GetStateRequestSchema,
  GetStateResponseSchema,
  HandOverRequestSchema,
  HandOverResponseSchema,
  SetBindingsRequestSchema,
  SetBindingsResponseSchema,
} from '@feedmill/proto/feedmill/v1/control_pb';
import { LocateRequestSchema, LocateResponseSchema } from '@feedmill/proto/feedmill/v1/ingest_pb';
import {
  ReplicateRequestSchema,
  ReplicateResponseSchema,
} from '@feedmill/proto/feedmill/v1/replicate_pb';
import type { SimProcess } from '../kernel/sim-process.ts';
import {
  type CallOpening,
  type ClientFrame,
  FRAME_OVERHEAD_BYTES,
  GRPC_KEEP_ALIVE_MS,
  type WorkerMethod,
} from './grpc-messages.ts';
import { encoded, endCall, statusOf, unaryListener } from './server-calls.ts';
import type { SimNetwork } from './sim-network.ts';
import type { SimSocket, SocketListener } from './sim-socket.ts';

/** A worker's doors on the simulated network: what grpc-server.ts is on the real one. */
export function simDoors(program: SimProcess, network: SimNetwork): WorkerDoors {
  return {
    async openGrpc(listen, services) {
      const door = new PublishDoor(services.publishHost, services.streamsMax);
      const stop = network.listen(program, listen, GRPC_KEEP_ALIVE_MS, (socket, opening) => {
        const { method } = opening as CallOpening;
        if (method === 'publish') return publishListener(door, socket);
        if (method === 'replicate') return replicaListener(services, socket);
        const worker = method as WorkerMethod;
        return unaryListener(socket, (request) => answer(services, worker, request));
      });
      return {
        address: listen,
        setServing: () => undefined,
        async close() {
          stop();
          door.end();
        },
      };
    },
    openHttp: async (listen) => ({ address: listen, close: async () => undefined }),
  };
}

function replicaListener(services: WorkerServices, socket: SimSocket): SocketListener | undefined {
  const stream = services.replicate({
    send(response) {
      const bytes = encoded(ReplicateResponseSchema, response);
      return socket.send({ kind: 'message', bytes }, bytes.length + FRAME_OVERHEAD_BYTES);
    },
    refuse: (refusal) => endCall(socket, statusOf(refusal)),
  });
  if (stream === undefined) return undefined;
  return {
    onMessage(frame) {
      const message = frame as ClientFrame;
      if (message.kind === 'message') {
        stream.onMessage(fromBinary(ReplicateRequestSchema, message.bytes));
        return;
      }
      stream.onClosed();
      endCall(socket, { kind: 'status', code: 'OK', details: '', trailers: {} });
    },
    onWritable: () => stream.onWritable(),
    onEnd: () => stream.onClosed(),
  };
}

function publishListener(door: PublishDoor, socket: SimSocket): SocketListener | undefined {
  const call: PublishCall = {
    send(response) {
      const bytes = encodePublishResponse(response);
      return socket.send({ kind: 'message', bytes }, bytes.length + FRAME_OVERHEAD_BYTES);
    },
    refuse: (refusal) => endCall(socket, statusOf(refusal)),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
  const stream = door.open(call);
  if (stream === undefined) return undefined;
  return {
    onMessage(frame) {
      const { kind, ...rest } = frame as ClientFrame;
      if (kind === 'message' && 'bytes' in rest) {
        stream.onMessage(decodePublishRequest(rest.bytes));
      } else {
        door.closed(stream);
        endCall(socket, { kind: 'status', code: 'OK', details: '', trailers: {} });
      }
    },
    onWritable: () => stream.onWritable(),
    onEnd: () => door.closed(stream),
  };
}

async function answer(
  services: WorkerServices,
  method: WorkerMethod,
  bytes: Buffer,
): Promise<Buffer> {
  switch (method) {
    case 'locate':
      return encoded(LocateResponseSchema, services.locate(fromBinary(LocateRequestSchema, bytes)));
    case 'setBindings': {
      const request = fromBinary(SetBindingsRequestSchema, bytes);
      return encoded(SetBindingsResponseSchema, await services.setBindings(request));
    }
    case 'getState': {
      const request = fromBinary(GetStateRequestSchema, bytes);
      return encoded(GetStateResponseSchema, services.getState(request));
    }
    case 'drain': {
      const request = fromBinary(DrainRequestSchema, bytes);
      return encoded(DrainResponseSchema, await services.drain(request));
    }
    case 'handOver': {
      const request = fromBinary(HandOverRequestSchema, bytes);
      return encoded(HandOverResponseSchema, await services.handOver(request));
    }
  }
}
