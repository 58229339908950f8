import type { BoundProducer } from '@feedmill/core/adapters/control-client';
import type { Clock, Timer } from '@feedmill/core/clock';
import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import type { HandOverResponse } from '@feedmill/proto/feedmill/v1/control_pb';
import type { ObjectKey } from '../kube/kube-object.ts';
import type { OperatorLimits } from '../limits.ts';

/** The control service of one worker. */
export interface WorkerControl {
  getState(): Promise<ShardSnapshot>;
  setBindings(generation: number, bindings: readonly BoundProducer[]): Promise<void>;
  /** Resolves once the other region is primary; by force, once this one is. */
  handOver(
    timeoutMs: number,
    forced: boolean,
  ): Promise<Pick<HandOverResponse, 'primary' | 'epoch'>>;
  close(): void;
}

/** A worker's pod that can be asked. */
export interface WorkerPlace {
  readonly shard: number;
  readonly podUid: string;
  readonly podIp: string;
  /** Name that its certificate has. */
  readonly serverName: string;
}

export interface WorkerWatchOptions {
  readonly clock: Clock;
  readonly limits: OperatorLimits;
  readonly connect: (cluster: ObjectKey, place: WorkerPlace) => WorkerControl;
  /** Something has changed that a reconcile would look at. */
  readonly onChange: (cluster: ObjectKey) => void;
}

interface Watched {
  readonly place: WorkerPlace;
  readonly control: WorkerControl;
  /** Its newest answer; undefined while it does not answer. */
  snapshot: ShardSnapshot | undefined;
  asking: boolean;
}

interface WatchedCluster {
  readonly workers: Map<number, Watched>;
  timer: Timer | undefined;
  hurriedUntilMs: number;
}

/** Asks the workers how they are: now and then, and often while something is under way. */
export class WorkerWatch {
  readonly #options: WorkerWatchOptions;
  readonly #clusters = new Map<ObjectKey, WatchedCluster>();

  constructor(options: WorkerWatchOptions) {
    this.#options = options;
  }

  /** Watches the workers of a cluster, these and no others. */
  track(cluster: ObjectKey, places: readonly WorkerPlace[]): void {
    const watched = this.#cluster(cluster);
    for (const [shard, { place, control }] of watched.workers) {
      if (places.some((each) => isSamePlace(each, place))) continue;
      control.close();
      watched.workers.delete(shard);
    }
    let isNew = false;
    for (const place of places) {
      if (watched.workers.has(place.shard)) continue;
      const control = this.#options.connect(cluster, place);
      watched.workers.set(place.shard, { place, control, snapshot: undefined, asking: false });
      isNew = true;
    }
    if (isNew) this.hurry(cluster);
    else if (watched.timer === undefined) this.#schedule(cluster, watched);
  }

  forget(cluster: ObjectKey): void {
    const watched = this.#clusters.get(cluster);
    if (watched === undefined) return;
    if (watched.timer !== undefined) this.#options.clock.cancel(watched.timer);
    for (const { control } of watched.workers.values()) control.close();
    this.#clusters.delete(cluster);
  }

  close(): void {
    for (const cluster of this.#clusters.keys()) this.forget(cluster);
  }

  /** The newest answers of those that answer. */
  snapshots(cluster: ObjectKey): ReadonlyMap<number, ShardSnapshot> {
    const found = new Map<number, ShardSnapshot>();
    for (const [shard, { snapshot }] of this.#clusters.get(cluster)?.workers ?? []) {
      if (snapshot !== undefined) found.set(shard, snapshot);
    }
    return found;
  }

  control(cluster: ObjectKey, shard: number): WorkerControl | undefined {
    return this.#clusters.get(cluster)?.workers.get(shard)?.control;
  }

  /** Asks now, and often for a while: something is about to change. */
  hurry(cluster: ObjectKey): void {
    const { clock, limits } = this.#options;
    const watched = this.#cluster(cluster);
    const isHurried = clock.monotonicMs() < watched.hurriedUntilMs;
    watched.hurriedUntilMs = clock.monotonicMs() + limits.hurryMs;
    if (isHurried) return;
    if (watched.timer !== undefined) clock.cancel(watched.timer);
    watched.timer = undefined;
    this.#ask(cluster, watched);
  }

  /** Asks once, at once. */
  askNow(cluster: ObjectKey): void {
    const watched = this.#cluster(cluster);
    for (const worker of watched.workers.values()) void this.#askOne(cluster, worker);
  }

  #ask(cluster: ObjectKey, watched: WatchedCluster): void {
    for (const worker of watched.workers.values()) void this.#askOne(cluster, worker);
    this.#schedule(cluster, watched);
  }

  #schedule(cluster: ObjectKey, watched: WatchedCluster): void {
    const { clock, limits } = this.#options;
    const isHurried = clock.monotonicMs() < watched.hurriedUntilMs;
    const delayMs = isHurried ? limits.hurriedAskMs : limits.askMs;
    watched.timer = clock.schedule(delayMs, () => {
      watched.timer = undefined;
      this.#ask(cluster, watched);
    });
  }

  async #askOne(cluster: ObjectKey, worker: Watched): Promise<void> {
    if (worker.asking) return;
    worker.asking = true;
    const before = worker.snapshot;
    try {
      worker.snapshot = await worker.control.getState();
    } catch {
      worker.snapshot = undefined;
    }
    worker.asking = false;
    if (this.#clusters.get(cluster)?.workers.get(worker.place.shard) !== worker) return;
    if (telling(before) !== telling(worker.snapshot)) this.#options.onChange(cluster);
  }

  #cluster(cluster: ObjectKey): WatchedCluster {
    const known = this.#clusters.get(cluster);
    if (known !== undefined) return known;
    const watched: WatchedCluster = { workers: new Map(), timer: undefined, hurriedUntilMs: 0 };
    this.#clusters.set(cluster, watched);
    return watched;
  }
}

const isSamePlace = (a: WorkerPlace, b: WorkerPlace): boolean =>
  a.shard === b.shard && a.podUid === b.podUid && a.podIp === b.podIp;

/** Whether everything that was acknowledged is in Postgres, or as good as. */
export const isCaughtUp = ({ level }: ShardSnapshot): boolean => level === 'normal';

/** What of a snapshot a reconcile decides by; positions and counts change all the time. */
function telling(snapshot: ShardSnapshot | undefined): string {
  if (snapshot === undefined) return '';
  const { epoch, generation, level, producers, region } = snapshot;
  const isDrained = snapshot.committedPosition >= snapshot.durablePosition;
  const held = producers.map((each) => [each.producer, each.bound, each.connected]);
  const isEmpty = held.length === 0 && isDrained;
  const place = [region?.role, region?.inSync, region?.primary];
  return JSON.stringify([epoch, generation, level, held, isEmpty, place]);
}
