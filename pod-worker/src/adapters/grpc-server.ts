import {
  ControlService,
  type DrainRequest,
  type GetStateRequest,
  type HandOverRequest,
  type SetBindingsRequest,
} from '@feedmill/proto/feedmill/v1/control_pb';
import {
  IngestService,
  type LocateRequest,
  LocatorService,
  type PublishResponse,
} from '@feedmill/proto/feedmill/v1/ingest_pb';
import {
  type ReplicateRequest,
  type ReplicateResponse,
  ReplicateService,
} from '@feedmill/proto/feedmill/v1/replicate_pb';
import {
  type LatestRequest,
  type SubscribeDerivedRequest,
  type SubscribeRequest,
  SubscribeService,
} from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { grpcServiceDefinition } from '@feedmill/proto/grpc-service';
import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  type ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { reflectionPackage } from '../control/reflection-package.ts';
import {
  decodePublishRequest,
  encodePublishResponse,
  type PublishMessage,
} from '../ingest/publish-codec.ts';
import { PublishDoor } from '../ingest/publish-door.ts';
import type { PublishCall } from '../ingest/publish-stream.ts';
import type { Refusal } from '../ingest/refusal.ts';
import type { LiveCall, LiveStream } from '../live/live-call.ts';
import { CallRefused, type WorkerServer, type WorkerServices } from '../worker-doors.ts';

type PublishDuplex = ServerDuplexStream<PublishMessage, PublishResponse>;

// Room for the framing around the largest batch. A batch only slightly over its limit thus still
// reaches us and is refused with the sentence that says both numbers.
const MESSAGE_OVERHEAD_BYTES = 64 * 1024;
const KEEPALIVE_MS = 10_000;
const KEEPALIVE_TIMEOUT_MS = 5_000;

/**
 * Starts the server with all services of a worker, reflection and health.
 *
 * @param listen host:port; port 0 takes a free one
 * @param credentials with TLS or without
 */
export async function startGrpcServer(
  listen: string,
  services: WorkerServices,
  credentials: ServerCredentials,
): Promise<WorkerServer> {
  const server = new Server({
    'grpc.max_receive_message_length': services.batchBytesMax + MESSAGE_OVERHEAD_BYTES,
    'grpc.max_concurrent_streams': services.streamsMax,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
  });
  const door = new PublishDoor(services.publishHost, services.streamsMax);
  server.addService(publishDefinition(), {
    publish: publishHandler(door),
  });
  server.addService(withRawResponses(grpcServiceDefinition(SubscribeService)), {
    subscribe: liveHandler((request: SubscribeRequest, call) => services.subscribe(request, call)),
    subscribeDerived: liveHandler((request: SubscribeDerivedRequest, call) =>
      services.subscribeDerived(request, call),
    ),
    latest: unary(async (request: LatestRequest) => services.latest(request)),
  });
  server.addService(grpcServiceDefinition(LocatorService), {
    locate: unary(async (request: LocateRequest) => services.locate(request)),
  });
  server.addService(grpcServiceDefinition(ControlService), {
    setBindings: unary((request: SetBindingsRequest) => services.setBindings(request)),
    getState: unary(async (request: GetStateRequest) => services.getState(request)),
    drain: unary((request: DrainRequest) => services.drain(request)),
    handOver: unary((request: HandOverRequest) => services.handOver(request)),
  });
  server.addService(grpcServiceDefinition(ReplicateService), {
    replicate: replicaHandler(services),
  });
  new ReflectionService(reflectionPackage()).addToServer(server);
  const health = new HealthImplementation({ '': 'NOT_SERVING' });
  health.addToServer(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(listen, credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const host = listen.slice(0, listen.lastIndexOf(':'));
  return {
    address: `${host}:${port}`,
    setServing(serving) {
      health.setStatus('', serving ? 'SERVING' : 'NOT_SERVING');
    },
    async close() {
      door.end();
      await new Promise<void>((resolve) => {
        server.tryShutdown(() => resolve());
        server.forceShutdown();
      });
    },
  };
}

/** The ingest service with a codec that leaves batches as the bytes they came in. */
function publishDefinition(): ReturnType<typeof grpcServiceDefinition> {
  const definition = grpcServiceDefinition(IngestService);
  const publish = definition['publish'];
  if (publish === undefined) throw new Error('IngestService has no method Publish');
  return {
    publish: {
      ...publish,
      requestDeserialize: decodePublishRequest,
      responseSerialize: encodePublishResponse,
    },
  };
}

/** Responses of streams are serialized once for all who get them. */
function withRawResponses(definition: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(definition).map(([name, method]) => [
      name,
      method.responseStream ? { ...method, responseSerialize: (bytes: Buffer) => bytes } : method,
    ]),
  );
}

function liveHandler<Request>(
  open: (request: Request, call: LiveCall) => LiveStream | undefined,
): handleServerStreamingCall<Request, Buffer> {
  return (call) => {
    const stream = open(call.request, {
      send: (response) => call.write(response),
      refuse: (refusal) => refuse(call, refusal),
    });
    if (stream === undefined) return;
    call.on('drain', () => stream.onWritable());
    call.on('cancelled', () => stream.onClosed());
    call.on('error', () => stream.onClosed());
  };
}

function publishHandler(
  door: PublishDoor,
): handleBidiStreamingCall<PublishMessage, PublishResponse> {
  return (duplex: PublishDuplex) => {
    const stream = door.open(publishCall(duplex));
    if (stream === undefined) return;
    const close = (): void => door.closed(stream);
    duplex.on('data', (message: PublishMessage) => stream.onMessage(message));
    duplex.on('drain', () => stream.onWritable());
    duplex.on('end', () => {
      close();
      duplex.end();
    });
    duplex.on('cancelled', close);
    duplex.on('error', close);
  };
}

function replicaHandler(
  services: WorkerServices,
): handleBidiStreamingCall<ReplicateRequest, ReplicateResponse> {
  return (duplex) => {
    const stream = services.replicate({
      send: (response) => duplex.write(response),
      refuse: (refusal) => refuse(duplex, refusal),
    });
    if (stream === undefined) return;
    const close = (): void => stream.onClosed();
    duplex.on('data', (request: ReplicateRequest) => stream.onMessage(request));
    duplex.on('drain', () => stream.onWritable());
    duplex.on('end', () => {
      close();
      duplex.end();
    });
    duplex.on('cancelled', close);
    duplex.on('error', close);
  };
}

function publishCall(duplex: PublishDuplex): PublishCall {
  return {
    send: (response) => duplex.write(response),
    refuse: (refusal) => refuse(duplex, refusal),
    pause: () => void duplex.pause(),
    resume: () => void duplex.resume(),
  };
}

function unary<Request, Response>(
  handle: (request: Request) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    handle(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => {
        if (error instanceof CallRefused) {
          const { refusal } = error;
          callback({
            code: refusal.code,
            details: refusal.details,
            metadata: trailersOf(refusal),
          });
        } else {
          const details = error instanceof Error ? error.message : String(error);
          callback({ code: status.INTERNAL, details });
        }
      },
    );
  };
}

/** An 'error' event is how grpc-js lets a handler choose the status of a stream. */
function refuse(call: { emit(event: string, status: object): unknown }, refusal: Refusal): void {
  const { code, details } = refusal;
  call.emit('error', { code, details, metadata: trailersOf(refusal) });
}

function trailersOf(refusal: Refusal): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(refusal.trailers ?? {})) metadata.set(key, value);
  return metadata;
}
