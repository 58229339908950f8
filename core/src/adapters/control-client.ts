import {
  ControlService,
  type GetStateResponse,
  type HandOverResponse,
  type SetBindingsRequest,
} from '@feedmill/proto/feedmill/v1/control_pb';
import { grpcServiceDefinition } from '@feedmill/proto/grpc-service';
import grpc from '@grpc/grpc-js';
import { type Clock, sleep } from '../clock.ts';
import { type ShardSnapshot, snapshotOf } from '../control/shard-snapshot.ts';
import { FeedmillError } from '../errors.ts';
import { CONTROL_CALL_MS, CONTROL_RETRY_MS } from '../limits.ts';
import { serverNameOption } from './tls-credentials.ts';

/** Where one producer is bound. */
export interface BoundProducer {
  readonly producer: string;
  readonly shard: number;
  readonly address: string;
  /** Its old shard has not released it: nobody takes it yet. */
  readonly moving?: boolean;
  /** SHA-256 of its token; without it none is asked for. */
  readonly tokenSha256?: Uint8Array;
}

const ControlCaller = grpc.makeGenericClientConstructor(
  grpcServiceDefinition(ControlService),
  'ControlService',
);

type Method = (
  request: unknown,
  options: grpc.CallOptions,
  callback: grpc.requestCallback<unknown>,
) => grpc.ClientUnaryCall;

/** How a worker is reached, beside its address. */
export interface WorkerChannel {
  /** With TLS or without; default: without. */
  readonly credentials?: grpc.ChannelCredentials;
  /** Name that its certificate has, where the address is another. */
  readonly serverName?: string;
}

/** A worker's control service. Errors are WORKER_UNAVAILABLE, or the worker's own words. */
export class ControlClient {
  readonly address: string;
  readonly #caller: grpc.Client & Record<string, Method>;

  /** @param channel how it is reached: with TLS or without, and by which name it is proved */
  constructor(address: string, channel: WorkerChannel = {}) {
    const { credentials = grpc.credentials.createInsecure(), serverName = '' } = channel;
    this.address = address;
    this.#caller = new ControlCaller(address, credentials, {
      ...serverNameOption(serverName),
      // A worker comes back on the same address within moments; the default waits up to 2 minutes.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      // A node that was lost says nothing of it: what it held would stand open for many minutes.
      'grpc.keepalive_time_ms': 5_000,
      'grpc.keepalive_timeout_ms': 2_000,
    }) as unknown as grpc.Client & Record<string, Method>;
  }

  /** Resolves once the worker has the bindings on its volume. */
  async setBindings(generation: number, bindings: readonly BoundProducer[]): Promise<void> {
    await this.#call('setBindings', {
      generation: BigInt(generation),
      bindings: bindings.map((binding) => ({ ...binding })),
    } satisfies Partial<Omit<SetBindingsRequest, 'bindings'>> & { bindings: object[] });
  }

  async getState(): Promise<ShardSnapshot> {
    return snapshotOf((await this.#call('getState', {})) as GetStateResponse);
  }

  /** Hands the shard over to the other region, as planned. Resolves when that is primary. */
  async handOver(timeoutMs: number, forced = false): Promise<HandOverResponse> {
    const waitMs = timeoutMs + CONTROL_CALL_MS;
    return (await this.#call('handOver', { timeoutMs, forced }, waitMs)) as HandOverResponse;
  }

  close(): void {
    this.#caller.close();
  }

  #call(method: string, request: object, waitMs: number = CONTROL_CALL_MS): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + waitMs };
      const caller = this.#caller;
      const callback: grpc.requestCallback<unknown> = (error, response) => {
        if (error === null) resolve(response);
        else reject(callFailure(this.address, error));
      };
      caller[method]?.call(caller, request, options, callback);
    });
  }
}

/**
 * A worker's state, asked for again while it is away: one that was just killed is back within
 * moments.
 *
 * @throws FeedmillError WORKER_UNAVAILABLE once it is later than `deadlineMs` on the clock
 */
export async function stateUntil(
  client: ControlClient,
  deadlineMs: number,
  clock: Clock,
): Promise<ShardSnapshot> {
  for (;;) {
    try {
      return await client.getState();
    } catch (error) {
      if (!FeedmillError.from(error).retryable || clock.monotonicMs() > deadlineMs) throw error;
      await sleep(clock, CONTROL_RETRY_MS);
    }
  }
}

function callFailure(address: string, error: grpc.ServiceError): FeedmillError {
  const isAway =
    error.code === grpc.status.UNAVAILABLE || error.code === grpc.status.DEADLINE_EXCEEDED;
  return new FeedmillError(
    isAway ? 'WORKER_UNAVAILABLE' : 'INTERNAL',
    isAway
      ? `The worker at ${address} does not answer (${error.details}).`
      : `The worker at ${address} refused: ${error.details}`,
    { cause: error },
  );
}
