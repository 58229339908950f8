import { systemClock } from '@feedmill/core/adapters/system-clock';
import type { Clock } from '@feedmill/core/clock';
import type { Condition } from '../api/conditions.ts';
import { httpTransport } from '../kube/adapters/http-transport.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import { LIMITS, type OperatorLimits } from '../limits.ts';
import { shardOfPod } from '../names.ts';
import type { Pod, Producer, RegionSwitchover, StreamCluster } from '../objects.ts';
import { OperatorMetrics } from '../observe/operator-metrics.ts';
import { Operator } from '../operator.ts';
import { ApiServer, type SeenRequest } from './api-server.ts';
import { ModelControllers } from './model-controllers.ts';
import { ModelWorkers } from './model-workers.ts';
import { QUICK } from './test-client.ts';
import { until } from './waiting.ts';

export const NAMESPACE = 'ns';
const CLUSTERS = '/apis/feedmill.dev/v1alpha1/streamclusters';
const SWITCHOVERS = '/apis/feedmill.dev/v1alpha1/regionswitchovers';
const PRODUCERS = '/apis/feedmill.dev/v1alpha1/producers';
const SECRETS = '/api/v1/secrets';
export const SERVICES = '/api/v1/services';
export const DEPLOYMENTS = '/apis/apps/v1/deployments';
export const STATEFUL_SETS = '/apis/apps/v1/statefulsets';
const EVENTS = '/apis/events.k8s.io/v1/events';
const PODS = '/api/v1/pods';

/** An object with whatever else stands in it. */
type Loose = KubeObject & Readonly<Record<string, unknown>>;

/** Quick enough for tests, and patient enough for a busy machine. */
export const STAGE_LIMITS: OperatorLimits = {
  ...QUICK,
  requestMs: 5_000,
  keyRetryBaseMs: 5,
  keyRetryCapMs: 50,
  askMs: 20,
  hurriedAskMs: 5,
  hurryMs: 200,
  underWayMs: 20,
  troubleGraceMs: 100,
  migrationRetryMs: 50,
  switchoverSyncMs: 60_000,
  switchoverMs: 60_000,
  leaseMs: 15_000,
  leaseRenewMs: 10_000,
  watchSilenceMs: 60_000,
};

/** An API server, what answers it in a cluster, and operators: all that a test plays with. */
export class Stage {
  readonly server: ApiServer;
  readonly workers = new ModelWorkers();
  readonly controllers: ModelControllers;
  readonly metrics = new OperatorMetrics();
  readonly #limits: OperatorLimits;
  readonly #stops: (() => Promise<void>)[] = [];

  private constructor(server: ApiServer, limits: OperatorLimits) {
    this.server = server;
    this.#limits = limits;
    this.controllers = new ModelControllers(server, this.workers);
  }

  static async open(limits: OperatorLimits = STAGE_LIMITS): Promise<Stage> {
    return new Stage(await ApiServer.start(), limits);
  }

  /** Starts an operator; the returned function stops it as SIGTERM does. */
  operator(name: string, clock: Clock = systemClock()): () => Promise<void> {
    const { server, workers } = this;
    const operator = new Operator({
      transport: httpTransport({
        server: server.url,
        answerBytesMax: LIMITS.answerBytesMax,
        wallMs: () => Date.now(),
      }),
      namespaces: [NAMESPACE],
      namespace: NAMESPACE,
      name,
      lease: 'operator',
      defaultImage: 'feedmill:1',
      connectWorker: (_, place) => workers.connect(place),
      clock,
      random: () => 0.5,
      limits: this.#limits,
      metrics: this.metrics,
      log: { info: () => undefined, warn: () => undefined },
    });
    const stop = new AbortController();
    const ended = operator.run(stop.signal);
    const end = async (): Promise<void> => {
      stop.abort();
      await ended;
    };
    this.#stops.push(end);
    return end;
  }

  async close(): Promise<void> {
    await Promise.all(this.#stops.map((stop) => stop()));
    await this.server.close();
  }

  secret(name: string, data: Readonly<Record<string, string>>): void {
    const encoded = Object.entries(data).map(([key, value]) => [
      key,
      Buffer.from(value).toString('base64'),
    ]);
    this.#put(SECRETS, { metadata: { name }, data: Object.fromEntries(encoded) });
  }

  /** A StreamCluster as the API server hands it out, with its defaults. */
  cluster(name: string, spec: Readonly<Record<string, unknown>> = {}): void {
    const defaults = {
      shards: 1,
      binding: { mode: 'OneToOne' },
      journal: { size: '1Gi', deletionPolicy: 'Retain' },
      postgres: { secretRef: { name: 'db', key: 'url' } },
      ingest: {},
      processing: {},
      network: { isolate: true },
      placement: { topologyKey: 'topology.kubernetes.io/zone' },
      update: { shardDeadlineSeconds: 10, drainSeconds: 5 },
    };
    this.#put(CLUSTERS, { metadata: { name }, spec: { ...defaults, ...spec } });
  }

  producer(name: string, cluster: string, spec: Readonly<Record<string, unknown>> = {}): void {
    const defaults = {
      clusterRef: { name: cluster },
      source: { kind: 'Push' },
      service: { type: 'ClusterIP' },
      weight: 1,
    };
    this.#put(PRODUCERS, { metadata: { name }, spec: { ...defaults, ...spec } });
  }

  switchover(name: string, cluster: string, from: string, to: string, mode = 'Planned'): void {
    const spec = { clusterRef: { name: cluster }, from, to, mode };
    this.#put(SWITCHOVERS, { metadata: { name }, spec });
  }

  switchoverNow(name: string): RegionSwitchover | undefined {
    return this.find(SWITCHOVERS, name) as RegionSwitchover | undefined;
  }

  /** Changes an object, as a user does. */
  patch(collection: 'streamclusters' | 'producers', name: string, patch: object): void {
    const path = collection === 'producers' ? PRODUCERS : CLUSTERS;
    this.server.table.mergePatch(path, NAMESPACE, name, patch as never);
  }

  delete(collection: 'streamclusters' | 'producers', name: string): void {
    const path = collection === 'producers' ? PRODUCERS : CLUSTERS;
    this.server.table.delete(path, NAMESPACE, name);
  }

  find(collection: string, name: string): KubeObject | undefined {
    return this.server.table
      .list(collection, NAMESPACE)
      .find(({ metadata }) => metadata.name === name);
  }

  put(collection: string, object: Loose): KubeObject {
    return this.#put(collection, object);
  }

  streamCluster(name: string): StreamCluster | undefined {
    return this.find(CLUSTERS, name) as StreamCluster | undefined;
  }

  producerNow(name: string): Producer | undefined {
    return this.find(PRODUCERS, name) as Producer | undefined;
  }

  /** Pods of workers, with their image. */
  workerPods(cluster: string): string[] {
    return (this.server.table.list(PODS, NAMESPACE) as Pod[])
      .filter(({ metadata }) => shardOfPod(cluster, metadata.name) !== undefined)
      .map(({ metadata, spec }) => `${metadata.name} ${spec.containers?.[0]?.image ?? ''}`)
      .sort();
  }

  condition(object: StreamCluster | Producer | undefined, type: string): Condition | undefined {
    return object?.status?.conditions?.find((each) => each.type === type);
  }

  /**
   * Waits until a condition of a StreamCluster, as it is wanted now, has this status and reason.
   *
   * @returns its message
   */
  async clusterSays(name: string, type: string, status: string, reason: string): Promise<string> {
    return await this.#says(() => this.streamCluster(name), name, type, status, reason);
  }

  async producerSays(name: string, type: string, status: string, reason: string): Promise<string> {
    return await this.#says(() => this.producerNow(name), name, type, status, reason);
  }

  async stable(name: string): Promise<void> {
    await this.clusterSays(name, 'Stable', 'True', 'Stable');
  }

  /** Requests that changed something since then, as `METHOD /path`. */
  writesSince(count: number): string[] {
    return this.server.writes.slice(count).map(nameOf);
  }

  /** What was told of an object, as `Type Reason`. */
  told(name: string): string[] {
    interface Told extends KubeObject {
      readonly type: string;
      readonly reason: string;
      readonly regarding: { readonly name: string };
    }
    return (this.server.table.list(EVENTS, NAMESPACE) as Told[])
      .filter(({ regarding }) => regarding.name === name)
      .map(({ type, reason }) => `${type} ${reason}`);
  }

  async #says(
    find: () => StreamCluster | Producer | undefined,
    name: string,
    type: string,
    status: string,
    reason: string,
  ): Promise<string> {
    const isSo = (): boolean => {
      const found = this.condition(find(), type);
      const isOfNow = found?.observedGeneration === find()?.metadata.generation;
      return isOfNow && found?.status === status && found.reason === reason;
    };
    await until(
      `${type} of ${name} is ${status} for ${reason}`,
      isSo,
      undefined,
      () => find()?.status?.conditions,
    );
    return this.condition(find(), type)?.message ?? '';
  }

  #put(collection: string, object: Loose): KubeObject {
    const metadata = { ...object.metadata, namespace: NAMESPACE };
    return this.server.table.create(collection, { ...object, metadata });
  }
}

const nameOf = ({ method, path }: SeenRequest): string => `${method} ${path}`;
