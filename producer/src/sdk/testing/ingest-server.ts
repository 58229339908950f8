import { create } from '@bufbuild/protobuf';
import {
  type Batch,
  type Hello,
  IngestService,
  type LocateRequest,
  type LocateResponse,
  LocateResponseSchema,
  LocatorService,
  type PublishRequest,
  type PublishResponse,
  PublishResponseSchema,
} from '@feedmill/proto/feedmill/v1/ingest_pb';
import { grpcServiceDefinition } from '@feedmill/proto/grpc-service';
import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type status,
} from '@grpc/grpc-js';

type PublishCall = ServerDuplexStream<PublishRequest, PublishResponse>;

/**
 * A worker's side of the ingest contract on a real port, by the generated code: takes batches in
 * sequence, skips what it has, answers a hole with a Nack, and keeps everything in memory.
 */
export class IngestServer {
  readonly hellos: Hello[] = [];
  /** Trade ids in the order they were taken; the sequence is the index + 1. */
  readonly taken: string[] = [];
  /** Answers the next Hello with a status. */
  refuseWith: { code: status; details: string; trailers?: Record<string, string> } | undefined;
  /** Acknowledges nothing while true. */
  mute = false;
  nacks = 0;
  readonly #calls = new Set<PublishCall>();
  #server = new Server();
  #port = 0;

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Listens, after `kill` on the same port again. */
  async listen(): Promise<void> {
    this.#server = new Server({ 'grpc.max_receive_message_length': 8 << 20 });
    const publish: handleBidiStreamingCall<PublishRequest, PublishResponse> = (call) =>
      this.#publish(call);
    this.#server.addService(grpcServiceDefinition(IngestService), { publish });
    const locate: handleUnaryCall<LocateRequest, LocateResponse> = (_call, answer) =>
      answer(null, create(LocateResponseSchema, { shard: 1, address: this.address }));
    this.#server.addService(grpcServiceDefinition(LocatorService), { locate });
    this.#port = await new Promise<number>((resolve, reject) => {
      const credentials = ServerCredentials.createInsecure();
      this.#server.bindAsync(this.address, credentials, (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
  }

  /** Breaks every connection and stops listening. What was taken is kept, as a journal would. */
  kill(): void {
    this.#server.forceShutdown();
    this.#calls.clear();
  }

  /** Acknowledges all that was taken. */
  acknowledge(): void {
    for (const call of this.#calls) this.#ack(call);
  }

  #publish(call: PublishCall): void {
    this.#calls.add(call);
    call.on('error', () => this.#calls.delete(call));
    call.on('end', () => {
      this.#calls.delete(call);
      call.end();
    });
    call.on('data', ({ request }: PublishRequest) => {
      if (request.case === 'hello') this.#welcome(call, request.value);
      if (request.case === 'batch') this.#take(call, request.value);
    });
  }

  #welcome(call: PublishCall, hello: Hello): void {
    this.hellos.push(hello);
    if (this.refuseWith !== undefined) {
      const { trailers = {}, ...refusal } = this.refuseWith;
      this.refuseWith = undefined;
      const metadata = new Metadata();
      for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
      call.emit('error', { ...refusal, metadata });
      return;
    }
    const value = {
      resumeAfter: BigInt(this.taken.length),
      shard: 1,
      epoch: 1,
      batchBytesMax: 4 << 20,
      bytesInFlightMax: 8 << 20,
    };
    call.write(create(PublishResponseSchema, { response: { case: 'welcome', value } }));
    this.#ack(call);
  }

  #take(call: PublishCall, batch: Batch): void {
    const expected = this.taken.length + 1;
    const first = Number(batch.firstSequence);
    if (first > expected) {
      this.nacks += 1;
      const value = { expectedSequence: BigInt(expected), message: 'a gap' };
      call.write(create(PublishResponseSchema, { response: { case: 'nack', value } }));
      return;
    }
    for (const { body } of batch.events.slice(expected - first)) {
      this.taken.push(body.case === 'trade' ? body.value.tradeId : '?');
    }
    if (!this.mute) this.#ack(call);
  }

  #ack(call: PublishCall): void {
    const through = BigInt(this.taken.length);
    const value = { durableThrough: through, committedThrough: through };
    call.write(create(PublishResponseSchema, { response: { case: 'ack', value } }));
  }
}
