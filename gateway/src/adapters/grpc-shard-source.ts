import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import {
  type EventKind,
  SlowReader,
  type SubscribeDerivedResponse,
  type SubscribeRequestSchema,
  type SubscribeResponse,
  SubscribeService,
} from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { grpcServiceDefinition } from '@feedmill/proto/grpc-service';
import { type ChannelCredentials, Client, type StatusObject, status } from '@grpc/grpc-js';
import type {
  ShardListener,
  ShardSource,
  ShardStream,
  ShardStreamEnd,
} from '../live/shard-source.ts';

const METHODS = grpcServiceDefinition(SubscribeService);
const FIRST_POSITION = 'feedmill-first-position';

/** Reads a shard from its worker over gRPC. */
export class GrpcShardSource implements ShardSource {
  readonly address: string;
  readonly #client: Client;

  constructor(address: string, credentials: ChannelCredentials) {
    this.address = address;
    this.#client = new Client(address, credentials, {
      // A worker that was killed is back on the same address within moments.
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 500,
      // Of a machine that has vanished nothing is heard: ask whether it is there.
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 5_000,
    });
  }

  events(
    after: number,
    kinds: readonly EventKind[],
    listener: ShardListener<SubscribeResponse>,
  ): ShardStream {
    const request: MessageInitShape<typeof SubscribeRequestSchema> = {
      afterPosition: BigInt(after),
      kinds: [...kinds],
      // Clients are conflated one by one, each as slow as it is.
      slowReader: SlowReader.COMPLETE,
    };
    return this.#open('subscribe', request, listener);
  }

  derived(listener: ShardListener<SubscribeDerivedResponse>): ShardStream {
    return this.#open('subscribeDerived', {}, listener);
  }

  close(): void {
    this.#client.close();
  }

  #open<Response>(
    method: string,
    request: MessageInitShape<DescMessage>,
    listener: ShardListener<Response>,
  ): ShardStream {
    const definition = METHODS[method];
    if (definition === undefined) throw new Error(`SubscribeService has no method ${method}`);
    const call = this.#client.makeServerStreamRequest(
      definition.path,
      definition.requestSerialize,
      (bytes) => definition.responseDeserialize(bytes) as Response,
      request,
    );
    let isClosed = false;
    call.on('data', (response: Response) => {
      if (!isClosed) listener.response(response);
    });
    // Its code comes with the status as well.
    call.on('error', () => undefined);
    call.on('status', (end: StatusObject) => {
      if (isClosed) return;
      isClosed = true;
      listener.ended(endOf(end));
    });
    return {
      pause: () => call.pause(),
      resume: () => call.resume(),
      close: () => {
        isClosed = true;
        call.cancel();
      },
    };
  }
}

function endOf({ code, details, metadata }: StatusObject): ShardStreamEnd {
  if (code === status.OUT_OF_RANGE) {
    const first = Number(metadata.get(FIRST_POSITION)[0]);
    if (Number.isSafeInteger(first)) return { kind: 'trimmed', firstPosition: first, details };
  }
  return { kind: code === status.RESOURCE_EXHAUSTED ? 'refused' : 'away', details };
}
