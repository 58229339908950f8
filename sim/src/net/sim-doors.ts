import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  decodePublishRequest,
  encodePublishResponse,
} from '@feedmill/pod-worker/ingest/publish-codec';
import { PublishDoor } from '@feedmill/pod-worker/ingest/publish-door';
import type { PublishCall } from '@feedmill/pod-worker/ingest/publish-stream';
import type { Refusal } from '@feedmill/pod-worker/ingest/refusal';
import {
  CallRefused,
  type WorkerDoors,
  type WorkerServices,
} from '@feedmill/pod-worker/worker-doors';
import { STATUS_NAMES } from '@feedmill/producer/sdk/ingest-transport';
import {
  DrainRequestSchema,
  DrainResponseSchema,
  GetStateRequestSchema,
  GetStateResponseSchema,
  SetBindingsRequestSchema,
  SetBindingsResponseSchema,
} from '@feedmill/proto/feedmill/v1/control_pb';
import { LocateRequestSchema, LocateResponseSchema } from '@feedmill/proto/feedmill/v1/ingest_pb';
import type { SimProcess } from '../kernel/sim-process.ts';
import {
  type CallOpening,
  type ClientFrame,
  FRAME_OVERHEAD_BYTES,
  GRPC_KEEP_ALIVE_MS,
  type StatusFrame,
} from './grpc-messages.ts';
import type { SimNetwork } from './sim-network.ts';
import type { SimSocket, SocketListener } from './sim-socket.ts';

/** A worker's doors on the simulated network: what grpc-server.ts is on the real one. */
export function simDoors(program: SimProcess, network: SimNetwork): WorkerDoors {
  return {
    async openGrpc(listen, services) {
      const door = new PublishDoor(services.publishHost, services.streamsMax);
      const stop = network.listen(program, listen, GRPC_KEEP_ALIVE_MS, (socket, opening) => {
        const { method } = opening as CallOpening;
        return method === 'publish'
          ? publishListener(door, socket)
          : unaryListener(socket, (request) => answer(services, method, request));
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

function publishListener(door: PublishDoor, socket: SimSocket): SocketListener | undefined {
  const call: PublishCall = {
    send(response) {
      const bytes = encodePublishResponse(response);
      return socket.send({ kind: 'message', bytes }, bytes.length + FRAME_OVERHEAD_BYTES);
    },
    refuse: (refusal) => end(socket, statusOf(refusal)),
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
        end(socket, { kind: 'status', code: 'OK', details: '', trailers: {} });
      }
    },
    onWritable: () => stream.onWritable(),
    onEnd: () => door.closed(stream),
  };
}

function unaryListener(
  socket: SimSocket,
  handle: (request: Buffer) => Promise<Buffer>,
): SocketListener {
  return {
    onMessage(frame) {
      const { kind, ...rest } = frame as ClientFrame;
      if (kind !== 'message' || !('bytes' in rest)) return;
      handle(rest.bytes).then(
        (bytes) => {
          socket.send({ kind: 'message', bytes }, bytes.length + FRAME_OVERHEAD_BYTES);
          end(socket, { kind: 'status', code: 'OK', details: '', trailers: {} });
        },
        (error: unknown) => {
          const details = error instanceof Error ? error.message : String(error);
          end(
            socket,
            error instanceof CallRefused
              ? statusOf(error.refusal)
              : { kind: 'status', code: 'INTERNAL', details, trailers: {} },
          );
        },
      );
    },
    onWritable: () => undefined,
    onEnd: () => undefined,
  };
}

async function answer(
  services: WorkerServices,
  method: Exclude<CallOpening['method'], 'publish'>,
  bytes: Buffer,
): Promise<Buffer> {
  switch (method) {
    case 'locate':
      return reply(LocateResponseSchema, services.locate(fromBinary(LocateRequestSchema, bytes)));
    case 'setBindings': {
      const request = fromBinary(SetBindingsRequestSchema, bytes);
      return reply(SetBindingsResponseSchema, await services.setBindings(request));
    }
    case 'getState': {
      const request = fromBinary(GetStateRequestSchema, bytes);
      return reply(GetStateResponseSchema, services.getState(request));
    }
    case 'drain': {
      const request = fromBinary(DrainRequestSchema, bytes);
      return reply(DrainResponseSchema, await services.drain(request));
    }
  }
}

function reply<Schema extends DescMessage>(schema: Schema, message: MessageShape<Schema>): Buffer {
  return Buffer.from(toBinary(schema, message));
}

function end(socket: SimSocket, status: StatusFrame): void {
  socket.send(status, status.details.length + FRAME_OVERHEAD_BYTES);
  socket.close();
}

function statusOf({ code, details, trailers }: Refusal): StatusFrame {
  return {
    kind: 'status',
    code: STATUS_NAMES[code] ?? 'UNKNOWN',
    details,
    trailers: trailers ?? {},
  };
}
