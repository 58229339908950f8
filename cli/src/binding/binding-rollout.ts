import type { BoundProducer } from '@feedmill/core/adapters/control-client';
import { type Clock, sleep } from '@feedmill/core/clock';
import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { FeedmillError } from '@feedmill/core/errors';
import { plural } from '@feedmill/core/number-text';
import { LIMITS } from '../limits.ts';
import type { ProcessDeps } from '../supervisor/process-deps.ts';
import { type BindingsRecord, type Departure, departures } from './bindings-record.ts';

/** What a rollout needs of a worker. */
export interface BindableWorker {
  readonly shard: number;
  readonly ready: { readonly grpcAddress: string } | undefined;
  readonly client: {
    setBindings(generation: number, bindings: readonly BoundProducer[]): Promise<void>;
  };
  observe(): Promise<ShardSnapshot>;
  readonly failure: FeedmillError | undefined;
}

/**
 * Hands the bindings to the workers. A producer that moves is first taken from its old shard, which
 * commits everything that it acknowledged; only then does the new shard get it, and starts from the
 * last sequence in Postgres. No event can be taken by both.
 */
export class BindingRollout {
  readonly #write: (record: BindingsRecord) => Promise<void>;
  readonly #fleet: { readonly workers: readonly BindableWorker[] };
  readonly #deps: Pick<ProcessDeps, 'clock' | 'reporter'>;
  #record: BindingsRecord;

  /** @param write keeps a record so that it survives a crash */
  constructor(
    write: (record: BindingsRecord) => Promise<void>,
    record: BindingsRecord,
    fleet: { readonly workers: readonly BindableWorker[] },
    deps: Pick<ProcessDeps, 'clock' | 'reporter'>,
  ) {
    this.#write = write;
    this.#record = record;
    this.#fleet = fleet;
    this.#deps = deps;
  }

  get record(): BindingsRecord {
    return this.#record;
  }

  async save(): Promise<void> {
    await this.#write(this.#record);
  }

  /**
   * Brings the workers to the record's bindings. Those that come later, and hold nothing, get them
   * by `refresh`.
   *
   * @throws FeedmillError WORKER_UNAVAILABLE where a worker does not answer or release in time
   */
  async apply(signal: AbortSignal): Promise<void> {
    const held = await this.#eachWorker((worker) => worker.observe(), signal);
    // Workers may have seen a higher generation than our record, if that was lost or restored.
    const generation = Math.max(this.#record.generation, ...held.map((each) => each.generation));
    this.#record = { ...this.#record, generation };
    const leaving = departures(this.#record, held);
    const moving = new Set(leaving.map(({ producer }) => producer));
    // A worker that has not heard the last bindings may still hear them, from a call that is under
    // way, and take over whom they name. Once it has heard newer ones, it can't.
    if (held.some((each) => each.generation < this.#record.generation)) {
      for (const producer of this.#notHeldWhereBound(held)) moving.add(producer);
    }
    if (moving.size > 0) {
      await this.#handOut(moving, signal);
      await this.#awaitRelease(leaving, signal);
    }
    await this.#handOut(new Set(), signal);
    this.#record = { ...this.#record, isSettled: true };
    await this.save();
  }

  /** Says the same bindings again, to a worker that is new or that came back elsewhere. */
  async refresh(signal: AbortSignal): Promise<void> {
    await this.#handOut(new Set(), signal);
  }

  /** Forgets shards that are drained and will not be started again. */
  async retire(shards: readonly number[]): Promise<void> {
    const kept = this.#record.shards.filter((shard) => !shards.includes(shard));
    this.#record = { ...this.#record, shards: kept };
    await this.save();
  }

  async #handOut(moving: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    // On disk before a worker sees it: a generation is never used twice with different content.
    this.#record = { ...this.#record, generation: this.#record.generation + 1 };
    await this.save();
    const bindings = Object.entries(this.#record.shardOf).map(([producer, shard]) => ({
      producer,
      shard,
      address: this.#addressOf(shard),
      moving: moving.has(producer),
    }));
    const { generation } = this.#record;
    await this.#eachWorker((worker) => worker.client.setBindings(generation, bindings), signal);
  }

  async #awaitRelease(leaving: readonly Departure[], signal: AbortSignal): Promise<void> {
    const { clock, reporter } = this.#deps;
    if (leaving.length > 0) {
      const text = this.#departureText(leaving);
      reporter.note(`${text}: all that is acknowledged is committed first.`);
    }
    const deadlineMs = clock.monotonicMs() + LIMITS.releaseWaitMs;
    for (;;) {
      const held = await this.#eachWorker((worker) => worker.observe(), signal);
      const first = departures(this.#record, held)[0];
      if (first === undefined) return;
      if (clock.monotonicMs() > deadlineMs) {
        throw new FeedmillError(
          'WORKER_UNAVAILABLE',
          `Shard ${first.shard} has not committed all of ${first.producer} within ` +
            `${LIMITS.releaseWaitMs / 1000} s, so it cannot move; see that Postgres is up, and ` +
            'start again.',
        );
      }
      await pause(clock, LIMITS.releasePollMs, signal);
    }
  }

  /** Calls every worker, again and again while one is away: it may just be starting again. */
  async #eachWorker<T>(
    call: (worker: BindableWorker) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T[]> {
    const { clock } = this.#deps;
    const deadlineMs = clock.monotonicMs() + LIMITS.workerReadyMs;
    const callOne = async (worker: BindableWorker): Promise<T> => {
      for (;;) {
        try {
          return await call(worker);
        } catch (error) {
          if (worker.failure !== undefined) throw worker.failure;
          const failure = FeedmillError.from(error);
          if (!failure.retryable || clock.monotonicMs() > deadlineMs) throw failure;
          await pause(clock, LIMITS.releasePollMs, signal);
        }
      }
    };
    return await Promise.all(this.#fleet.workers.map(callOne));
  }

  #notHeldWhereBound(held: readonly ShardSnapshot[]): string[] {
    const { shardOf } = this.#record;
    return Object.keys(shardOf).filter((name) => {
      const there = held.find(({ shard }) => shard === shardOf[name]);
      return there?.producers.some(({ producer }) => producer === name) !== true;
    });
  }

  #departureText(leaving: readonly Departure[]): string {
    const moving = leaving.filter(({ producer }) => producer in this.#record.shardOf).length;
    const going = leaving.length - moving;
    const parts = [
      ...(moving > 0 ? [`moving ${plural(moving, 'feed')} to another shard`] : []),
      ...(going > 0 ? [`releasing ${plural(going, 'feed')} that no source is given for`] : []),
    ];
    const text = parts.join(', ');
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  #addressOf(shard: number): string {
    return this.#fleet.workers.find((worker) => worker.shard === shard)?.ready?.grpcAddress ?? '';
  }
}

/** @throws the signal's reason, once it aborts */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await sleep(clock, ms, signal);
  signal.throwIfAborted();
}
