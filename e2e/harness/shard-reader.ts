import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import {
  type SubscribeDerivedResponse,
  type SubscribeRequestSchema,
  type SubscribeResponse,
  SubscribeService,
} from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { grpcServiceDefinition } from '@feedmill/proto/grpc-service';
import {
  Client,
  type ClientReadableStream,
  credentials,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import type { StreamEnd } from './raw-producer.ts';
import { until } from './waiting.ts';

const METHODS = grpcServiceDefinition(SubscribeService);

/** A reader of one of a worker's live streams, closed with the test. */
class ShardReader<Response> {
  readonly responses: Response[] = [];
  readonly #client: Client;
  readonly #call: ClientReadableStream<Response>;
  #end: StreamEnd | undefined;

  constructor(address: string, method: string, request: MessageInitShape<DescMessage>) {
    const definition = METHODS[method];
    if (definition === undefined) throw new Error(`SubscribeService has no method ${method}`);
    this.#client = new Client(address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
    });
    this.#call = this.#client.makeServerStreamRequest(
      definition.path,
      definition.requestSerialize,
      (bytes) => definition.responseDeserialize(bytes) as Response,
      request,
    );
    this.#call.on('data', (response: Response) => this.responses.push(response));
    this.#call.on('error', () => undefined);
    this.#call.on('status', ({ code, details, metadata }: StatusObject) => {
      this.#end = { code: status[code] ?? String(code), details, trailers: metadata.getMap() };
    });
    onTestFinished(() => this.close());
  }

  /** Waits until the stream is open: its first response says where it begins. */
  async opened(): Promise<Response> {
    return await until('the stream opens', () => {
      if (this.#end !== undefined) throw new Error(`it ended: ${JSON.stringify(this.#end)}`);
      return this.responses[0];
    });
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  async ended(): Promise<StreamEnd> {
    return await until('the worker ends the stream', () => this.#end);
  }

  pauseReading(): void {
    this.#call.pause();
  }

  resumeReading(): void {
    this.#call.resume();
  }

  close(): void {
    this.#call.cancel();
    this.#client.close();
  }
}

/** Follows the events of a shard. */
export class EventReader extends ShardReader<SubscribeResponse> {
  constructor(address: string, request: MessageInitShape<typeof SubscribeRequestSchema> = {}) {
    super(address, 'subscribe', request);
  }

  /** Journal position that everything up to has come. */
  get position(): bigint {
    return this.responses.at(-1)?.position ?? -1n;
  }

  /** Sequences that have come of a producer, in the order in which they came. */
  sequences(producer: string): number[] {
    return this.responses
      .filter((response) => response.producer === producer)
      .flatMap(({ firstSequence, offsets }) =>
        offsets.map((offset) => Number(firstSequence) + offset),
      );
  }

  get conflatedEvents(): number {
    return this.responses.reduce((sum, each) => sum + Number(each.conflatedEvents), 0);
  }
}

/** Follows what the sink of a shard derives. */
export class DerivedReader extends ShardReader<SubscribeDerivedResponse> {
  constructor(address: string) {
    super(address, 'subscribeDerived', {});
  }

  /** Journal position that everything derived from has come. */
  get position(): number {
    return Number(this.responses.at(-1)?.committedPosition ?? -1n);
  }
}
