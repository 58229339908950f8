import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { toBinary } from '@bufbuild/protobuf';
import type { Refusal } from '@feedmill/pod-worker/ingest/refusal';
import { CallRefused } from '@feedmill/pod-worker/worker-doors';
import { STATUS_NAMES } from '@feedmill/producer/sdk/ingest-transport';
import { type ClientFrame, FRAME_OVERHEAD_BYTES, type StatusFrame } from './grpc-messages.ts';
import type { SimSocket, SocketListener } from './sim-socket.ts';

/** Answers one request, and ends the call. */
export function unaryListener(
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
          endCall(socket, { kind: 'status', code: 'OK', details: '', trailers: {} });
        },
        (error: unknown) => {
          const details = error instanceof Error ? error.message : String(error);
          endCall(
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

/** A message as it goes over the wire. */
export function encoded<Schema extends DescMessage>(
  schema: Schema,
  message: MessageShape<Schema>,
): Buffer {
  return Buffer.from(toBinary(schema, message));
}

/** Sends how a call ended, and closes it. */
export function endCall(socket: SimSocket, status: StatusFrame): void {
  socket.send(status, status.details.length + FRAME_OVERHEAD_BYTES);
  socket.close();
}

export function statusOf({ code, details, trailers }: Refusal): StatusFrame {
  return {
    kind: 'status',
    code: STATUS_NAMES[code] ?? 'UNKNOWN',
    details,
    trailers: trailers ?? {},
  };
}
