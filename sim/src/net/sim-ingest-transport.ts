import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type {
  IngestStatus,
  IngestStream,
  IngestStreamListener,
  IngestTransport,
  LocateAnswer,
} from '@feedmill/producer/sdk/ingest-transport';
import { decodeWorkerMessage, type WorkerMessage } from '@feedmill/producer/sdk/worker-message';
import { LocateRequestSchema, LocateResponseSchema } from '@feedmill/proto/feedmill/v1/ingest_pb';
import type { SimProcess } from '../kernel/sim-process.ts';
import {
  type CallOpening,
  FRAME_OVERHEAD_BYTES,
  GRPC_KEEP_ALIVE_MS,
  type ServerFrame,
  type StatusFrame,
} from './grpc-messages.ts';
import { callUnary } from './sim-call.ts';
import type { SimNetwork } from './sim-network.ts';
import type { SimSocket } from './sim-socket.ts';

/** Who sees what workers tell a producer on a stream, for the checks. */
export type Overhear = (message: WorkerMessage) => void;

/** The SDK's way to workers on the simulated network: what grpc-ingest-transport.ts is. */
export class SimIngestTransport implements IngestTransport {
  readonly #program: SimProcess;
  readonly #network: SimNetwork;
  readonly #overhearStream: (address: string) => Overhear;

  constructor(
    program: SimProcess,
    network: SimNetwork,
    overhearStream: (address: string) => Overhear,
  ) {
    this.#program = program;
    this.#network = network;
    this.#overhearStream = overhearStream;
  }

  async locate(address: string, producer: string, timeoutMs: number): Promise<LocateAnswer> {
    const request = toBinary(LocateRequestSchema, create(LocateRequestSchema, { producer }));
    const result = await callUnary(
      { program: this.#program, network: this.#network, address, timeoutMs },
      'locate',
      Buffer.from(request),
    );
    if (result.kind === 'status') return { kind: 'status', status: ingestStatus(result) };
    const { shard, address: located } = fromBinary(LocateResponseSchema, result.bytes);
    return { kind: 'located', shard, address: located };
  }

  open(address: string, listener: IngestStreamListener): IngestStream {
    const overhear = this.#overhearStream(address);
    return new SimIngestStream(this.#program, this.#network, address, listener, overhear);
  }
}

class SimIngestStream implements IngestStream {
  readonly #socket: SimSocket;
  readonly #program: SimProcess;
  readonly #listener: IngestStreamListener;
  #isOver = false;

  constructor(
    program: SimProcess,
    network: SimNetwork,
    address: string,
    listener: IngestStreamListener,
    overhear: Overhear,
  ) {
    this.#program = program;
    this.#listener = listener;
    const opening: CallOpening = { method: 'publish' };
    this.#socket = network.connect(program, address, GRPC_KEEP_ALIVE_MS, opening, {
      onMessage: (frame) => {
        if (this.#isOver) return;
        const message = frame as ServerFrame;
        if (message.kind === 'status') {
          this.#end(ingestStatus(message));
          return;
        }
        const decoded = decodeWorkerMessage(message.bytes);
        overhear(decoded);
        listener.onMessage(decoded);
      },
      onWritable: () => {
        if (!this.#isOver) listener.onWritable();
      },
      onEnd: (cause) => this.#end({ code: 'UNAVAILABLE', details: `the connection was ${cause}` }),
    });
  }

  send(request: Buffer): boolean {
    // The bytes are the SDK's; the network keeps its own, as a socket does.
    const bytes = Buffer.from(request);
    return this.#socket.send({ kind: 'message', bytes }, bytes.length + FRAME_OVERHEAD_BYTES);
  }

  finish(): void {
    this.#socket.send({ kind: 'end' }, FRAME_OVERHEAD_BYTES);
  }

  cancel(): void {
    this.#socket.close();
    this.#program.after(0, 'cancelled', () =>
      this.#end({ code: 'CANCELLED', details: 'cancelled by us' }),
    );
  }

  #end(status: IngestStatus): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.close();
    this.#listener.onEnd(status);
  }
}

function ingestStatus({ code, details, trailers }: StatusFrame): IngestStatus {
  const numberOf = (key: string): number | undefined =>
    trailers[key] === undefined ? undefined : Number(trailers[key]);
  return {
    code,
    details,
    shard: numberOf('feedmill-shard'),
    address: trailers['feedmill-address'],
    incarnation: numberOf('feedmill-incarnation'),
    pushbackMs: numberOf('grpc-retry-pushback-ms'),
  };
}
