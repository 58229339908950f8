import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { channelCredentials, serverNameOption } from '@feedmill/core/adapters/tls-credentials';
import {
  IngestService,
  LocateRequestSchema,
  LocateResponseSchema,
  LocatorService,
} from '@feedmill/proto/feedmill/v1/ingest_pb';
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type Metadata,
  type ServiceError,
  type StatusObject,
} from '@grpc/grpc-js';
import { RESPONSE_BYTES_MAX, WRITES_PENDING_MAX } from '../../limits.ts';
import {
  type IngestStatus,
  type IngestStream,
  type IngestStreamListener,
  type IngestTransport,
  type LocateAnswer,
  STATUS_NAMES,
} from '../ingest-transport.ts';
import { decodeWorkerMessage, type WorkerMessage } from '../worker-message.ts';

const PUBLISH_PATH = `/${IngestService.typeName}/${IngestService.method.publish.name}`;
const LOCATE_PATH = `/${LocatorService.typeName}/${LocatorService.method.locate.name}`;

const CHANNEL_OPTIONS: ChannelOptions = {
  // A connection that a firewall forgot is found within 15 s, also when nothing is sent.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  // The worker's own limit counts; the SDK keeps it before it sends.
  'grpc.max_send_message_length': -1,
  'grpc.max_receive_message_length': RESPONSE_BYTES_MAX,
  // The SDK keeps what is unacknowledged and tries again itself. With a retry buffer gRPC would
  // call a write done as soon as it is copied there, and nothing would hold the sender back.
  'grpc.enable_retries': 0,
  'grpc.per_rpc_retry_buffer_size': 0,
  // Each stream has a connection of its own, which begins without the delays of one before it.
  'grpc.use_local_subchannel_pool': 1,
  // Workers are reached directly; a proxy of the environment is for other traffic.
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
};

export interface GrpcTransportOptions {
  /** With TLS or without, as gRPC has it; default: as `ca` says. */
  readonly channelCredentials?: ChannelCredentials;
  /**
   * TLS: file with the authorities that workers are proved against, PEM, or `system` for those
   * that Node trusts. A file that has changed counts from the next connection on. Default: no TLS.
   */
  readonly ca?: string;
  /** Name that the workers' certificates have, where their addresses are others. */
  readonly serverName?: string;
}

/**
 * The network in production: gRPC over HTTP/2.
 *
 * @throws FeedmillError CONFIG_INVALID where the file with authorities cannot be used
 */
export function grpcIngestTransport(options: GrpcTransportOptions = {}): IngestTransport {
  const { ca = '', serverName = '' } = options;
  const credentials = options.channelCredentials ?? channelCredentials(ca);
  const channelOptions = { ...CHANNEL_OPTIONS, ...serverNameOption(serverName) };
  const client = (address: string): Client => new Client(address, credentials, channelOptions);
  return {
    locate: (address, producer, timeoutMs) => locate(client(address), producer, timeoutMs),
    open: (address, listener) => new GrpcIngestStream(client(address), listener),
  };
}

function locate(client: Client, producer: string, timeoutMs: number): Promise<LocateAnswer> {
  const request = Buffer.from(
    toBinary(LocateRequestSchema, create(LocateRequestSchema, { producer })),
  );
  const deadline = Date.now() + timeoutMs;
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      LOCATE_PATH,
      (bytes: Buffer) => bytes,
      (bytes) => fromBinary(LocateResponseSchema, bytes),
      request,
      { deadline },
      (error: ServiceError | null, response) => {
        client.close();
        if (error !== null) resolve({ kind: 'status', status: statusOf(error) });
        else if (response === undefined) resolve({ kind: 'status', status: NO_ANSWER });
        else resolve({ kind: 'located', shard: response.shard, address: response.address });
      },
    );
  });
}

const NO_ANSWER: IngestStatus = { code: 'INTERNAL', details: 'Locate ended without an answer' };

class GrpcIngestStream implements IngestStream {
  readonly #client: Client;
  readonly #listener: IngestStreamListener;
  readonly #call: ReturnType<typeof openPublish>;
  #pendingWrites = 0;

  constructor(client: Client, listener: IngestStreamListener) {
    this.#client = client;
    this.#listener = listener;
    this.#call = openPublish(client);
    this.#call.on('data', (message: WorkerMessage) => listener.onMessage(message));
    // Every failure arrives as a status as well; without a listener it would end the process.
    this.#call.on('error', () => undefined);
    this.#call.on('status', (status: StatusObject) => {
      this.#client.close();
      listener.onEnd(statusOf(status));
    });
  }

  send(request: Buffer): boolean {
    this.#pendingWrites += 1;
    this.#call.write(request, () => {
      this.#pendingWrites -= 1;
      if (this.#pendingWrites === WRITES_PENDING_MAX - 1) this.#listener.onWritable();
    });
    return this.#pendingWrites < WRITES_PENDING_MAX;
  }

  finish(): void {
    this.#call.end();
  }

  cancel(): void {
    this.#call.cancel();
  }
}

function openPublish(client: Client) {
  return client.makeBidiStreamRequest(
    PUBLISH_PATH,
    (request: Buffer) => request,
    decodeWorkerMessage,
  );
}

function statusOf({ code, details, metadata }: StatusObject): IngestStatus {
  return {
    code: STATUS_NAMES[code] ?? 'UNKNOWN',
    details,
    shard: numberTrailer(metadata, 'feedmill-shard'),
    address: trailer(metadata, 'feedmill-address'),
    incarnation: numberTrailer(metadata, 'feedmill-incarnation'),
    pushbackMs: numberTrailer(metadata, 'grpc-retry-pushback-ms'),
  };
}

function trailer(metadata: Metadata, key: string): string | undefined {
  return metadata.get(key)[0]?.toString();
}

function numberTrailer(metadata: Metadata, key: string): number | undefined {
  const text = trailer(metadata, key);
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
