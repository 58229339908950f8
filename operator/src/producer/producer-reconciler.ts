import {
  type BindingLedger,
  EMPTY_LEDGER,
  planBindings,
} from '@feedmill/core/binding/binding-plan';
import type { Clock } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { ownValue } from '@feedmill/core/own-value';
import type { ProducerStatus } from '../api/producer.ts';
import { buildConnector, buildProducerService } from '../build/producer-parts.ts';
import { workerImage } from '../build/stateful-set.ts';
import type { Cache } from '../cache.ts';
import { bindable } from '../cluster/binding-step.ts';
import { producersOf } from '../cluster/cluster-view.ts';
import type { RolloutLedger } from '../cluster/rollout.ts';
import { judge } from '../conditions.ts';
import { contentHash } from '../content-hash.ts';
import { isConflict, isNotFound } from '../kube/api-failure.ts';
import { Applier } from '../kube/applier.ts';
import type { EventRecorder } from '../kube/event-recorder.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { type ObjectKey, objectKey, splitKey } from '../kube/kube-object.ts';
import { nanosOf, secondTime } from '../kube/micro-time.ts';
import { apiVersionOf } from '../kube/resource.ts';
import { readLedger } from '../ledger-store.ts';
import type { OperatorLimits } from '../limits.ts';
import {
  ANNOTATIONS,
  LABELS,
  ledgerMap,
  producerAddress,
  producerService,
  rolloutMap,
  workerPod,
} from '../names.ts';
import { ownedBy, type Producer, type StreamCluster } from '../objects.ts';
import { DEPLOYMENTS, PRODUCERS, SERVICES } from '../resources.ts';
import type { WorkerWatch } from '../worker/worker-watch.ts';
import { judgeProducer, type ProducerView } from './producer-findings.ts';
import { tokenState } from './token-secret.ts';

const MANAGER = 'feedmill-producer';
const STATUS_MANAGER = 'feedmill-producer-status';
const NANOS_PER_MS = 1_000_000n;

export interface ProducerReconcilerOptions {
  readonly cache: Cache;
  readonly client: KubeClient;
  readonly workers: WorkerWatch;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly limits: OperatorLimits;
  readonly defaultImage: string;
}

/** Gives a Producer its Service, and its connector where it needs one, and says how it stands. */
export class ProducerReconciler {
  readonly #options: ProducerReconcilerOptions;
  readonly #applier: Applier;

  constructor(options: ProducerReconcilerOptions) {
    this.#options = options;
    this.#applier = new Applier(options.client, MANAGER);
  }

  /** @returns after how many ms to look again; undefined: when something changes */
  async reconcile(key: ObjectKey): Promise<number | undefined> {
    const { cache, limits } = this.#options;
    const { namespace, name } = splitKey(key);
    const producer = cache.producers.get(namespace, name);
    if (producer === undefined || producer.metadata.deletionTimestamp !== undefined) {
      return undefined;
    }
    const view = this.#view(producer);
    if (view.cluster?.metadata.annotations?.[ANNOTATIONS.pause] === 'true') return undefined;
    try {
      await this.#ensure(view);
      await this.#report(view);
    } catch (error) {
      const failure = FeedmillError.from(error);
      const passes = failure.retryable || isConflict(failure) || isNotFound(failure);
      if (passes || failure.code === 'LEADERSHIP_LOST') throw failure;
      const reason = failure.code === 'NAME_TAKEN' ? 'NameTaken' : 'ReconcileFailed';
      await this.#report({ ...view, failure: { reason, message: failure.message } });
      throw failure;
    }
    return view.snapshot === undefined ? undefined : limits.progressMs;
  }

  async #ensure({ producer, name, namespace, cluster, shard }: ProducerView): Promise<void> {
    const { cache } = this.#options;
    const owners = ownedBy(producer, apiVersionOf(PRODUCERS), PRODUCERS.kind);
    const object = producerService(name);
    await this.#applier.ensure(
      SERVICES,
      buildProducerService(producer, shard),
      owners,
      cache.services.get(namespace, object),
    );
    const live = cache.deployments.get(namespace, object);
    if (cluster === undefined) return;
    const { imagePullSecrets } = cluster.spec;
    const desired = buildConnector(producer, this.#connectorImage(cluster), imagePullSecrets);
    if (desired === undefined) await this.#applier.remove(DEPLOYMENTS, live);
    else await this.#applier.ensure(DEPLOYMENTS, desired, owners, live);
  }

  /** The image that all workers have run well with: a new one reaches connectors after them. */
  #connectorImage({ metadata, spec }: StreamCluster): string {
    const { cache, defaultImage } = this.#options;
    const { name, namespace = '' } = metadata;
    const map = cache.configMaps.get(namespace, rolloutMap(name));
    const { good } = readLedger<RolloutLedger>(map, {});
    return (good && workerImage(good)) ?? spec.image ?? defaultImage;
  }

  async #report(view: ProducerView): Promise<void> {
    const { client, events, clock } = this.#options;
    const { producer, name, namespace, shard, bindingGeneration } = view;
    const { findings, state } = judgeProducer(view);
    const now = clock.wallNanos();
    const { conditions, happenings } = judge(
      findings,
      producer.status?.conditions,
      producer.metadata.generation ?? 0,
      now,
    );
    const progress = this.#progress(view);
    const status: ProducerStatus = {
      observedGeneration: producer.metadata.generation ?? 0,
      ...(shard === undefined ? {} : { shard, bindingGeneration }),
      address: producerAddress(name, namespace),
      state,
      ...(progress === undefined ? {} : { progress }),
      conditions: [...conditions],
    };
    if (contentHash(status) === contentHash(producer.status ?? {})) return;
    const object = { metadata: { name, namespace }, status };
    await client.apply(PRODUCERS, object, STATUS_MANAGER, 'status');
    const { kind } = PRODUCERS;
    const subject = { apiVersion: apiVersionOf(PRODUCERS), kind, object: producer };
    for (const happening of happenings) await events.record(subject, happening);
  }

  /** New figures at most once a minute: whoever wants them newer reads the metrics. */
  #progress({ producer, snapshot }: ProducerView): ProducerStatus['progress'] {
    const { clock, limits } = this.#options;
    const known = producer.status?.progress;
    if (snapshot === undefined) return known;
    const now = clock.wallNanos();
    const knownAt = nanosOf(known?.time);
    const isYoung =
      knownAt !== undefined &&
      now >= knownAt &&
      now - knownAt < BigInt(limits.progressMs) * NANOS_PER_MS;
    if (isYoung) return known;
    const { received, durable, committed, gaps, deadLetters } = snapshot;
    const figures = { received, durable, committed, gaps, deadLetters };
    const isSame =
      known !== undefined &&
      contentHash({ ...known, time: '' }) === contentHash({ ...figures, time: '' });
    return isSame ? known : { ...figures, time: secondTime(now) };
  }

  #view(producer: Producer): ProducerView {
    const { cache, workers } = this.#options;
    const { name, namespace = '' } = producer.metadata;
    const clusterName = producer.spec.clusterRef.name;
    const cluster = cache.clusters.get(namespace, clusterName);
    const map = cache.configMaps.get(namespace, ledgerMap(clusterName));
    const ledger = readLedger<BindingLedger>(map, EMPTY_LEDGER);
    const shard = cluster === undefined ? undefined : ownValue(ledger.shardOf, name);
    const snapshots = workers.snapshots(objectKey(namespace, clusterName));
    const token = tokenState(producer, cache);
    const held = shard === undefined ? undefined : snapshots.get(shard);
    return {
      producer,
      name,
      namespace,
      cluster,
      shard,
      isMoving: Object.hasOwn(ledger.leaving, name),
      unbound: shard === undefined ? this.#unboundReason(cluster, name, ledger) : undefined,
      tokenFault: token.kind === 'missing' ? token.why : undefined,
      workerPod:
        shard === undefined ? undefined : cache.pods.get(namespace, workerPod(clusterName, shard)),
      snapshot: held?.producers.find((each) => each.producer === name && each.bound),
      connectorPods: cache.pods
        .in(namespace)
        .filter(({ metadata }) => metadata.labels?.[LABELS.producer] === name),
      bindingGeneration: ledger.generation,
      failure: undefined,
    };
  }

  /** The same function that binds says why it does not. */
  #unboundReason(
    cluster: StreamCluster | undefined,
    name: string,
    ledger: BindingLedger,
  ): string | undefined {
    if (cluster === undefined) return undefined;
    const { name: clusterName, namespace = '' } = cluster.metadata;
    const producers = producersOf(this.#options.cache, namespace, clusterName).map(bindable);
    const { mode } = cluster.spec.binding;
    const { shardCount = cluster.spec.shards } = ledger.shardCount === 0 ? {} : ledger;
    const { unbound } = planBindings(mode, producers, shardCount, ledger, []);
    return unbound.find(({ producer }) => producer === name)?.reason;
  }
}
