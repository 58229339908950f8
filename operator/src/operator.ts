import type { Clock } from '@feedmill/core/clock';
import type { FeedmillError } from '@feedmill/core/errors';
import type { Readiness } from '@feedmill/core/probes';
import type { Random } from '@feedmill/core/random';
import { Cache } from './cache.ts';
import { ClusterReconciler } from './cluster/cluster-reconciler.ts';
import { Elector } from './kube/elector.ts';
import { EventRecorder } from './kube/event-recorder.ts';
import { KeyQueue } from './kube/key-queue.ts';
import { KubeClient } from './kube/kube-client.ts';
import { type KubeObject, keyOf, type ObjectKey, objectKey } from './kube/kube-object.ts';
import type { KubeTransport } from './kube/kube-transport.ts';
import type { ObjectChange } from './kube/object-store.ts';
import type { Resource } from './kube/resource.ts';
import type { OperatorLimits } from './limits.ts';
import { observeCluster } from './observe/cluster-gauges.ts';
import type { OperatorMetrics } from './observe/operator-metrics.ts';
import { ProducerReconciler } from './producer/producer-reconciler.ts';
import { concerned, type WorkKey, type WorkKind, workKeyOf } from './routing.ts';
import { SwitchoverReconciler } from './switchover/switchover-reconciler.ts';
import { WorkerWatch, type WorkerWatchOptions } from './worker/worker-watch.ts';

export interface OperatorOptions {
  readonly transport: KubeTransport;
  /** Namespaces to look after; one empty name stands for all. */
  readonly namespaces: readonly string[];
  readonly namespace: string;
  /** Name of this replica. */
  readonly name: string;
  readonly lease: string;
  readonly defaultImage: string;
  readonly connectWorker: WorkerWatchOptions['connect'];
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: OperatorLimits;
  readonly metrics: OperatorMetrics;
  readonly log: {
    info(fields: object, sentence: string): void;
    warn(fields: object, sentence: string): void;
  };
}

const GAUGES_INTERVAL_MS = 5_000;

/**
 * One replica of the operator: it keeps itself informed, waits until it leads, and then brings
 * every object to where it should be, whenever something has changed.
 */
export class Operator {
  readonly #options: OperatorOptions;
  readonly #cache: Cache;
  readonly #elector: Elector;
  readonly #queue: KeyQueue<WorkKey>;
  readonly #workers: WorkerWatch;
  readonly #clusters: ClusterReconciler;
  readonly #producers: ProducerReconciler;
  readonly #switchovers: SwitchoverReconciler;
  #isLeading = false;

  constructor(options: OperatorOptions) {
    const { transport, clock, random, limits, metrics, log, namespace, name } = options;
    this.#options = options;
    const common = {
      transport,
      requestMs: limits.requestMs,
      onRequest: (verb: string, { plural }: Resource) =>
        metrics.apiRequests.inc({ verb, resource: plural }),
    };
    const timing = { clock, random, limits, log };
    this.#elector = new Elector({
      ...timing,
      client: new KubeClient(common),
      namespace,
      name: options.lease,
      // A replica that was restarted is another candidate: it must not take the lease for its own.
      identity: `${name}_${Math.floor(random() * 2 ** 32).toString(36)}`,
    });
    // Whoever does not lead any more changes nothing.
    const client = new KubeClient({ ...common, guard: () => this.#elector.assertLeading() });
    this.#cache = new Cache({
      ...timing,
      client,
      namespaces: options.namespaces,
      onChange: (resource, change) => this.#onChange(resource, change),
    });
    this.#workers = new WorkerWatch({
      clock,
      limits,
      connect: options.connectWorker,
      onChange: (cluster) => this.#onWorkers(cluster),
    });
    this.#queue = new KeyQueue({
      clock,
      random,
      atOnce: limits.reconcilesAtOnce,
      retryBaseMs: limits.keyRetryBaseMs,
      retryCapMs: limits.keyRetryCapMs,
      work: (key) => this.#work(key),
      onDone: (key, durationMs, error) => this.#onDone(key, durationMs, error),
    });
    const parts = {
      cache: this.#cache,
      client,
      workers: this.#workers,
      events: new EventRecorder({ client, clock, instance: name, log }),
      clock,
      limits,
      defaultImage: options.defaultImage,
      log,
    };
    this.#clusters = new ClusterReconciler({ ...parts, namespace });
    this.#producers = new ProducerReconciler(parts);
    this.#switchovers = new SwitchoverReconciler(parts);
  }

  /**
   * Runs until `signal` aborts; then ends what is under way and gives the lease back.
   *
   * @throws FeedmillError LEADERSHIP_LOST: the process has to end
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const watching = this.#cache.run(stop.signal);
    const gauges = this.#keepGauges(stop.signal);
    try {
      const led = this.#elector.acquire(signal);
      await Promise.race([Promise.all([led, this.#cache.synced()]), aborted(signal)]);
      if (signal.aborted || (await led) === undefined) return;
      this.#isLeading = true;
      this.#options.metrics.leading.set(1);
      for (const cluster of this.#cache.clusters.values()) this.#add('cluster', cluster);
      for (const producer of this.#cache.producers.values()) this.#add('producer', producer);
      for (const each of this.#cache.switchovers.values()) this.#add('switchover', each);
      await this.#lead(signal);
    } finally {
      this.#isLeading = false;
      stop.abort();
      this.#workers.close();
      await Promise.all([watching, gauges]);
    }
  }

  readiness(): Readiness {
    const late = this.#cache.reflectors.filter(({ isSynced }) => !isSynced);
    if (late.length === 0) return { ready: true };
    const kinds = [...new Set(late.map(({ resource }) => resource.plural))].join(', ');
    return { ready: false, why: `Not listed yet: ${kinds}.` };
  }

  /** The lease is kept until the last reconcile has ended, so that nobody works beside it. */
  async #lead(signal: AbortSignal): Promise<void> {
    const done = new AbortController();
    const drain = aborted(signal).then(async () => {
      await this.#queue.stop();
      done.abort();
    });
    await this.#elector.keep(done.signal);
    await drain;
  }

  async #work(key: WorkKey): Promise<number | undefined> {
    const { kind, object } = workKeyOf(key);
    switch (kind) {
      case 'cluster':
        return await this.#clusters.reconcile(object);
      case 'producer':
        return await this.#producers.reconcile(object);
      case 'switchover':
        return await this.#switchovers.reconcile(object);
    }
  }

  #onDone(key: WorkKey, durationMs: number, error: FeedmillError | undefined): void {
    const { metrics, log } = this.#options;
    const { kind } = workKeyOf(key);
    metrics.reconcileSeconds.observe({ kind }, durationMs / 1_000);
    if (error === undefined) return;
    metrics.reconcileFailures.inc({ kind, code: error.code });
    const stack = error.code === 'INTERNAL' ? error.stack : undefined;
    log.warn({ key, code: error.code, stack }, error.message);
  }

  #onChange(resource: Resource, change: ObjectChange<KubeObject>): void {
    if (!this.#isLeading) return;
    for (const key of concerned(resource, change, this.#cache)) this.#queue.add(key);
  }

  /** What a worker says concerns its cluster, and everybody who is bound there. */
  #onWorkers(cluster: ObjectKey): void {
    if (!this.#isLeading) return;
    this.#queue.add(`cluster:${cluster}`);
    for (const producer of this.#cache.producers.values()) {
      const { namespace = '' } = producer.metadata;
      if (objectKey(namespace, producer.spec.clusterRef.name) === cluster) {
        this.#add('producer', producer);
      }
    }
  }

  #add(kind: WorkKind, object: KubeObject): void {
    this.#queue.add(`${kind}:${keyOf(object)}`);
  }

  async #keepGauges(signal: AbortSignal): Promise<void> {
    const { clock, metrics } = this.#options;
    const update = (): void => {
      metrics.queueDepth.set(this.#queue.depth);
      for (const { resource, silentMs } of this.#cache.reflectors) {
        metrics.watchAgeSeconds.set({ resource: resource.plural }, silentMs / 1_000);
      }
      metrics.conditions.reset();
      metrics.unboundProducers.reset();
      for (const cluster of this.#cache.clusters.values()) {
        observeCluster(metrics, cluster, this.#cache);
      }
    };
    await new Promise<void>((resolve) => {
      const tick = (): void => {
        if (signal.aborted) {
          resolve();
          return;
        }
        update();
        const timer = clock.schedule(GAUGES_INTERVAL_MS, tick);
        const end = (): void => {
          clock.cancel(timer);
          resolve();
        };
        signal.addEventListener('abort', end, { once: true });
      };
      tick();
    });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
