import type { Clock } from '@feedmill/core/clock';
import { sleep } from '@feedmill/core/clock';
import type { ProducerSnapshot, ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { Problem } from '../problem.ts';
import { RateWindow } from './rate-window.ts';

/** Where the worker of a shard is found. */
export interface WorkerAddress {
  readonly shard: number;
  readonly address: string;
}

/** What a worker is asked for; core's ControlClient is one. */
export interface WorkerControl {
  readonly address: string;
  getState(): Promise<ShardSnapshot>;
  close(): void;
}

export interface FleetOptions {
  readonly clock: Clock;
  readonly connect: (address: string) => WorkerControl;
  readonly intervalMs: number;
  readonly rateSamplesMax: number;
}

/** A shard as its worker says, and whether it says anything now. */
export interface ShardView {
  readonly shard: number;
  readonly address: string;
  readonly isUp: boolean;
  /** The newest there is; it outlives the worker. */
  readonly snapshot: ShardSnapshot | undefined;
}

interface Member extends WorkerAddress {
  readonly control: WorkerControl;
  isUp: boolean;
  snapshot: ShardSnapshot | undefined;
}

/** The workers: asked for their state at intervals, and when a strong read needs it. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #rates = new Map<string, RateWindow>();
  readonly #listeners = new Set<() => void>();
  #members: readonly Member[] = [];

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Follows these workers from now on. */
  follow(workers: readonly WorkerAddress[]): void {
    const before = this.#members;
    const kept = (worker: WorkerAddress): Member | undefined =>
      before.find(({ shard, address }) => shard === worker.shard && address === worker.address);
    this.#members = workers.map(
      (worker) =>
        kept(worker) ?? {
          ...worker,
          control: this.#options.connect(worker.address),
          isUp: false,
          snapshot: before.find(({ shard }) => shard === worker.shard)?.snapshot,
        },
    );
    for (const member of before) if (!this.#members.includes(member)) member.control.close();
  }

  /** By shard. */
  get shards(): readonly ShardView[] {
    return this.#members.toSorted((one, other) => one.shard - other.shard);
  }

  /** Names of the producers that workers hold. */
  producers(): string[] {
    return this.#members.flatMap(({ snapshot }) =>
      (snapshot?.producers ?? []).filter(({ bound }) => bound).map(({ producer }) => producer),
    );
  }

  /** The shard and state of a producer, where a worker holds it. */
  producer(
    name: string,
  ): { readonly view: ShardView; readonly producer: ProducerSnapshot } | undefined {
    for (const view of this.#members) {
      const producer = view.snapshot?.producers.find((each) => each.producer === name);
      if (producer?.bound === true) return { view, producer };
    }
    return undefined;
  }

  /** Durable events of a producer a second, lately. */
  rateOf(producer: string): number {
    return this.#rates.get(producer)?.perSecond() ?? 0;
  }

  /** Calls after every round of questions. Returns what ends it. */
  onRound(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * What each shard has acknowledged by now.
   *
   * @throws Problem unavailable where one does not say
   */
  async acknowledged(): Promise<ReadonlyMap<number, number>> {
    const positions = new Map<number, number>();
    await Promise.all(
      this.#members.map(async (member) => {
        await this.#ask(member);
        const { shard, isUp, snapshot } = member;
        if (isUp && snapshot !== undefined) positions.set(shard, snapshot.durablePosition);
      }),
    );
    const silent = this.#members.filter(({ isUp }) => !isUp);
    if (silent.length === 0) return positions;
    throw new Problem(
      'unavailable',
      `Shard ${silent.map(({ shard }) => shard).join(', ')} does not say how far it is, which a ` +
        'strong read needs. Come again, or ask with consistency=eventual.',
      { retryAfterSeconds: 1 },
    );
  }

  /** Asks until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs } = this.#options;
    while (!signal.aborted) {
      await Promise.all(this.#members.map((member) => this.#ask(member)));
      this.#sample(clock.monotonicMs());
      for (const listener of this.#listeners) listener();
      await sleep(clock, intervalMs, signal);
    }
    this.follow([]);
  }

  async #ask(member: Member): Promise<void> {
    try {
      member.snapshot = await member.control.getState();
      member.isUp = true;
    } catch {
      // Killed, restarting or cut off: which of these is said by nobody, so it is just not up.
      member.isUp = false;
    }
  }

  #sample(nowMs: number): void {
    const names = new Set<string>();
    for (const { snapshot, isUp } of this.#members) {
      for (const { producer, durable, bound } of snapshot?.producers ?? []) {
        if (!bound) continue;
        names.add(producer);
        const window = this.#rates.get(producer) ?? new RateWindow(this.#options.rateSamplesMax);
        this.#rates.set(producer, window);
        if (isUp) window.add(nowMs, durable);
        else window.clear();
      }
    }
    for (const name of this.#rates.keys()) if (!names.has(name)) this.#rates.delete(name);
  }
}
