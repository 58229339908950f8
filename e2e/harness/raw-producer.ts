import { channelCredentials } from '@feedmill/core/adapters/tls-credentials';
import { frameBatch, frameHello } from '@feedmill/producer/sdk/request-frame';
import { IngestService, type PublishResponse } from '@feedmill/proto/feedmill/v1/ingest_pb';
import { grpcServiceDefinition } from '@feedmill/proto/grpc-service';
import { Client, type ClientDuplexStream, type StatusObject, status } from '@grpc/grpc-js';
import { until } from './waiting.ts';

const PUBLISH = grpcServiceDefinition(IngestService)['publish'];

/** How a stream ended. */
export interface StreamEnd {
  /** Name of the gRPC status. */
  readonly code: string;
  readonly details: string;
  readonly trailers: Readonly<Record<string, unknown>>;
}

/** A Publish stream that sends whatever a test gives it: anyone's client, not our SDK. */
export class RawProducer {
  readonly responses: PublishResponse[] = [];
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Buffer, PublishResponse>;
  #end: StreamEnd | undefined;

  /** @param ca file with what the worker's certificate is proved against; empty: no TLS */
  constructor(address: string, ca = '') {
    if (PUBLISH === undefined) throw new Error('IngestService has no method Publish');
    this.#client = new Client(address, channelCredentials(ca), {
      'grpc.max_send_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
    });
    this.#call = this.#client.makeBidiStreamRequest<Buffer, PublishResponse>(
      PUBLISH.path,
      (bytes) => bytes,
      (bytes) => PUBLISH.responseDeserialize(bytes) as PublishResponse,
    );
    this.#call.on('data', (response: PublishResponse) => this.responses.push(response));
    // The status says all that an error would.
    this.#call.on('error', () => undefined);
    this.#call.on('status', ({ code, details, metadata }: StatusObject) => {
      this.#end = { code: status[code] ?? String(code), details, trailers: metadata.getMap() };
    });
  }

  /** Sends a Hello and waits for the Welcome. */
  static async welcomed(
    address: string,
    producer: string,
    incarnation = 1n,
    ca = '',
  ): Promise<RawProducer> {
    const raw = new RawProducer(address, ca);
    raw.hello(producer, incarnation);
    await raw.response('welcome');
    return raw;
  }

  /** Undefined while the stream is open. */
  get end(): StreamEnd | undefined {
    return this.#end;
  }

  /** Highest sequence acknowledged as committed. */
  get committedThrough(): number {
    const acks = this.responses.filter(({ response }) => response.case === 'ack');
    const last = acks.at(-1)?.response;
    return last?.case === 'ack' ? Number(last.value.committedThrough) : 0;
  }

  hello(producer: string, incarnation = 1n, token = ''): void {
    this.send(frameHello({ producer, incarnation, token, client: 'e2e' }));
  }

  batch(batch: Buffer): void {
    this.send(frameBatch(batch));
  }

  /** Any bytes as a PublishRequest. */
  send(request: Buffer): void {
    this.#call.write(request);
  }

  /** Stops reading what the worker sends. */
  pauseReading(): void {
    this.#call.pause();
  }

  resumeReading(): void {
    this.#call.resume();
  }

  async response(kind: NonNullable<PublishResponse['response']['case']>): Promise<PublishResponse> {
    return await until(`the worker sends a ${kind}`, () => {
      if (this.#end !== undefined)
        throw new Error(`it ended instead: ${JSON.stringify(this.#end)}`);
      return this.responses.find(({ response }) => response.case === kind);
    });
  }

  async ended(): Promise<StreamEnd> {
    return await until('the worker ends the stream', () => this.#end);
  }

  async committed(through: number): Promise<void> {
    await until(
      `sequence ${through} is committed`,
      () => {
        if (this.#end !== undefined) throw new Error(`it ended: ${JSON.stringify(this.#end)}`);
        return this.committedThrough >= through;
      },
      { seen: () => this.committedThrough },
    );
  }

  close(): void {
    this.#call.cancel();
    this.#client.close();
  }
}
