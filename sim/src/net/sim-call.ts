import type { SimProcess } from '../kernel/sim-process.ts';
import {
  type CallOpening,
  FRAME_OVERHEAD_BYTES,
  GRPC_KEEP_ALIVE_MS,
  type ServerFrame,
  type StatusFrame,
  type UnaryMethod,
} from './grpc-messages.ts';
import type { SimNetwork } from './sim-network.ts';

/** Who calls whom, and how long for. */
export interface CallTarget {
  readonly program: SimProcess;
  readonly network: SimNetwork;
  readonly address: string;
  readonly timeoutMs: number;
}

/** One request and its answer. Never rejects. */
export function callUnary(
  { program, network, address, timeoutMs }: CallTarget,
  method: UnaryMethod,
  request: Buffer,
): Promise<{ readonly kind: 'message'; readonly bytes: Buffer } | StatusFrame> {
  return new Promise((resolve) => {
    const opening: CallOpening = { method };
    const socket = network.connect(program, address, GRPC_KEEP_ALIVE_MS, opening, {
      onMessage: (frame) => finish(frame as ServerFrame),
      onWritable: () => undefined,
      onEnd: (cause) => finish(failure('UNAVAILABLE', `the connection was ${cause}`)),
    });
    const deadline = program.clock.schedule(timeoutMs, () =>
      finish(failure('DEADLINE_EXCEEDED', `no answer within ${timeoutMs} ms`)),
    );
    const finish = (frame: ServerFrame): void => {
      program.clock.cancel(deadline);
      socket.close();
      resolve(frame);
    };
    socket.send({ kind: 'message', bytes: request }, request.length + FRAME_OVERHEAD_BYTES);
  });
}

const failure = (code: StatusFrame['code'], details: string): StatusFrame => ({
  kind: 'status',
  code,
  details,
  trailers: {},
});
