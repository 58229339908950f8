import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import {
  ControlService,
  type GetStateResponse,
  type SetBindingsRequest,
  WorkerLevel,
} from '@feedmill/proto/feedmill/v1/control_pb';
import { grpcServiceDefinition } from '@feedmill/proto/grpc-service';
import grpc from '@grpc/grpc-js';
import { LIMITS } from '../limits.ts';

/** Architecture, "When something is slow or gone". */
export type ShardLevel = 'normal' | 'lagging' | 'spilling' | 'full';

/** One producer as the worker that holds it sees it. Sequences; 0 where there is none yet. */
export interface ProducerSnapshot {
  readonly producer: string;
  /** False while it is drained because it has left the shard. */
  readonly bound: boolean;
  readonly connected: boolean;
  readonly received: number;
  readonly durable: number;
  readonly committed: number;
  readonly duplicates: number;
  readonly gaps: number;
  readonly deadLetters: number;
}

/** A worker's answer to GetState. */
export interface ShardSnapshot {
  readonly shard: number;
  readonly epoch: number;
  readonly generation: number;
  readonly level: ShardLevel;
  readonly durablePosition: number;
  readonly committedPosition: number;
  readonly journalBytes: number;
  /** Age of the oldest entry that is durable but not committed. */
  readonly lagMs: number;
  readonly producers: readonly ProducerSnapshot[];
}

/** Where one producer is bound. */
export interface BoundProducer {
  readonly producer: string;
  readonly shard: number;
  readonly address: string;
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

/** A worker's control service. Errors are WORKER_UNAVAILABLE, or the worker's own words. */
export class ControlClient {
  readonly address: string;
  readonly #caller: grpc.Client & Record<string, Method>;

  constructor(address: string) {
    this.address = address;
    this.#caller = new ControlCaller(address, grpc.credentials.createInsecure(), {
      // A worker comes back on the same address within moments; the default waits up to 2 minutes.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
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

  close(): void {
    this.#caller.close();
  }

  #call(method: string, request: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + LIMITS.controlCallMs };
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
      await sleep(clock, LIMITS.releasePollMs);
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

function snapshotOf(state: GetStateResponse): ShardSnapshot {
  return {
    shard: state.shard,
    epoch: state.epoch,
    generation: Number(state.generation),
    level: levelOf(state.level),
    durablePosition: Number(state.durablePosition),
    committedPosition: Number(state.committedPosition),
    journalBytes: Number(state.journalBytes),
    lagMs: state.sinkLagMs,
    producers: state.producers.map((each) => ({
      producer: each.producer,
      bound: each.bound,
      connected: each.connected,
      received: Number(each.receivedThrough),
      durable: Number(each.durableThrough),
      committed: Number(each.committedThrough),
      duplicates: Number(each.duplicateEvents),
      gaps: Number(each.gaps),
      deadLetters: Number(each.deadLetters),
    })),
  };
}

function levelOf(level: GetStateResponse['level']): ShardLevel {
  switch (level) {
    case WorkerLevel.LAGGING:
      return 'lagging';
    case WorkerLevel.SPILLING:
      return 'spilling';
    case WorkerLevel.FULL:
      return 'full';
    default:
      return 'normal';
  }
}
