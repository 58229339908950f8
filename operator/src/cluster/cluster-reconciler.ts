import { type BindingLedger, EMPTY_LEDGER } from '@feedmill/core/binding/binding-plan';
import type { Clock } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { StreamClusterStatus } from '../api/stream-cluster.ts';
import type { Cache } from '../cache.ts';
import { judge } from '../conditions.ts';
import { contentHash } from '../content-hash.ts';
import { isConflict } from '../kube/api-failure.ts';
import { Applier } from '../kube/applier.ts';
import type { EventRecorder } from '../kube/event-recorder.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { type ObjectKey, splitKey } from '../kube/kube-object.ts';
import { apiVersionOf } from '../kube/resource.ts';
import { LedgerStore } from '../ledger-store.ts';
import type { OperatorLimits } from '../limits.ts';
import { ANNOTATIONS, ledgerMap, rolloutMap, workerPod } from '../names.ts';
import type { StreamCluster } from '../objects.ts';
import { STREAM_CLUSTERS } from '../resources.ts';
import type { WorkerPlace, WorkerWatch } from '../worker/worker-watch.ts';
import { BindingStep } from './binding-step.ts';
import { type ClusterOutcome, clusterFindings } from './cluster-findings.ts';
import { ensureParts } from './cluster-parts.ts';
import { clusterStatus } from './cluster-status.ts';
import { type CachedView, type ClusterView, cachedView, postgresDigest } from './cluster-view.ts';
import { MigrationStep } from './migration-step.ts';
import type { RolloutLedger } from './rollout.ts';
import { RolloutStepper } from './rollout-step.ts';
import { growVolumes } from './volume-step.ts';

const MANAGER = 'feedmill-cluster';
const STATUS_MANAGER = 'feedmill-cluster-status';
const RECONCILE_FAILED = 'ReconcileFailed';

export interface ClusterReconcilerOptions {
  readonly cache: Cache;
  readonly client: KubeClient;
  readonly workers: WorkerWatch;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly limits: OperatorLimits;
  /** Image of workers whose StreamCluster names none. */
  readonly defaultImage: string;
  /** Where the operator itself runs. */
  readonly namespace: string;
  readonly log: { warn(fields: object, sentence: string): void };
}

type Steps = Omit<ClusterOutcome, 'isPaused' | 'failure'>;

/** Brings what belongs to a StreamCluster to where its spec wants it, and says how it stands. */
export class ClusterReconciler {
  readonly #options: ClusterReconcilerOptions;
  readonly #applier: Applier;
  readonly #bindingLedgers: LedgerStore<BindingLedger>;
  readonly #rolloutLedgers: LedgerStore<RolloutLedger>;
  readonly #migrations: MigrationStep;
  readonly #rollouts: RolloutStepper;
  readonly #bindings: BindingStep;

  constructor(options: ClusterReconcilerOptions) {
    const { cache, client, clock, limits, workers, log } = options;
    this.#options = options;
    this.#applier = new Applier(client, MANAGER);
    this.#bindingLedgers = new LedgerStore(client, EMPTY_LEDGER);
    this.#rolloutLedgers = new LedgerStore<RolloutLedger>(client, {});
    this.#migrations = new MigrationStep(cache, this.#applier, clock, limits);
    this.#rollouts = new RolloutStepper({
      client,
      applier: this.#applier,
      ledgers: this.#rolloutLedgers,
      clock,
      limits,
    });
    this.#bindings = new BindingStep({ cache, ledgers: this.#bindingLedgers, workers, log });
  }

  /** @returns after how many ms to look again; undefined: when something changes */
  async reconcile(key: ObjectKey): Promise<number | undefined> {
    const { cache, workers } = this.#options;
    const { namespace, name } = splitKey(key);
    const cluster = cache.clusters.get(namespace, name);
    if (cluster === undefined || cluster.metadata.deletionTimestamp !== undefined) {
      // What belongs to it goes by itself; the workers drain as their pods end.
      workers.forget(key);
      this.#rollouts.forget(key);
      return undefined;
    }
    const view = this.#view(cluster);
    if (cluster.metadata.annotations?.[ANNOTATIONS.pause] === 'true') {
      await this.#report(view, { ...NO_STEPS, isPaused: true, failure: undefined });
      return undefined;
    }
    try {
      const steps = await this.#steps(view);
      await this.#report(view, { ...steps, isPaused: false, failure: undefined });
      return isUnderWay(steps) ? this.#options.limits.underWayMs : undefined;
    } catch (error) {
      const failure = FeedmillError.from(error);
      // Somebody was faster, or nothing can be done now: the next try begins with what is then.
      const passes = failure.retryable || isConflict(failure);
      if (passes || failure.code === 'LEADERSHIP_LOST') throw failure;
      const reason = failure.code === 'NAME_TAKEN' ? 'NameTaken' : RECONCILE_FAILED;
      const said = { reason, message: failure.message };
      await this.#report(view, { ...NO_STEPS, isPaused: false, failure: said });
      throw failure;
    }
  }

  async #steps(view: ClusterView): Promise<Steps> {
    const { cache, client, defaultImage, namespace } = this.#options;
    await ensureParts(view, cache, this.#applier, namespace);
    const image = view.cluster.spec.image ?? defaultImage;
    const digest = postgresDigest(view);
    const migration =
      digest === undefined
        ? undefined
        : await this.#migrations.advance(view, view.rollout.migrated, image, digest);
    const volumes = await growVolumes(view, client);
    const bindings = await this.#bindings.advance(view);
    const isMigrated = migration?.state === 'done' && digest !== undefined;
    const rollout = await this.#rollouts.advance(
      view,
      isMigrated ? this.#rollouts.wanted(view, image, digest) : undefined,
      bindings?.replicas ?? view.statefulSet?.spec.replicas ?? view.cluster.spec.shards,
      isMigrated ? migration.key : undefined,
    );
    return { secretFault: secretFault(view), migration, rollout, volumes, bindings };
  }

  async #report(view: ClusterView, outcome: ClusterOutcome): Promise<void> {
    const { client, events, clock } = this.#options;
    const { cluster } = view;
    const { conditions, happenings } = judge(
      clusterFindings(view, outcome),
      cluster.status?.conditions,
      cluster.metadata.generation ?? 0,
      clock.wallNanos(),
    );
    const status: StreamClusterStatus = clusterStatus(view, outcome, conditions);
    if (contentHash(status) === contentHash(cluster.status ?? {})) return;
    const { name, namespace = '' } = cluster.metadata;
    const object = { metadata: { name, namespace }, status };
    await client.apply(STREAM_CLUSTERS, object, STATUS_MANAGER, 'status');
    const { kind } = STREAM_CLUSTERS;
    const subject = { apiVersion: apiVersionOf(STREAM_CLUSTERS), kind, object: cluster };
    for (const happening of happenings) await events.record(subject, happening);
  }

  #view(cluster: StreamCluster): ClusterView {
    const { cache, workers } = this.#options;
    const view = cachedView(cache, cluster);
    workers.track(view.key, placesOf(view));
    const { namespace, name } = view;
    return {
      ...view,
      bindings: this.#bindingLedgers.read(namespace, ledgerMap(name), view.bindingMap),
      rollout: this.#rolloutLedgers.read(namespace, rolloutMap(name), view.rolloutMap),
      snapshots: workers.snapshots(view.key),
    };
  }
}

const NO_STEPS: Steps = {
  secretFault: undefined,
  migration: undefined,
  rollout: undefined,
  volumes: undefined,
  bindings: undefined,
};

/** Workers that run and can be asked. */
function placesOf({ name, namespace, pods }: CachedView): WorkerPlace[] {
  return [...pods].flatMap(([shard, { metadata, status }]) =>
    status?.podIP === undefined || status.phase !== 'Running'
      ? []
      : [
          {
            shard,
            podUid: metadata.uid ?? '',
            podIp: status.podIP,
            serverName: `${workerPod(name, shard)}.${name}.${namespace}.svc`,
          },
        ],
  );
}

function secretFault(view: CachedView): string | undefined {
  if (postgresDigest(view) !== undefined) return undefined;
  const { name, key } = view.cluster.spec.postgres.secretRef;
  const what = view.secret === undefined ? 'is not there' : `has no key '${key}'`;
  return (
    `Secret ${name}, which spec.postgres.secretRef names, ${what}. Make it with the connection ` +
    `URL under '${key}'; workers that run go on with the one they have.`
  );
}

/** Whether time alone may make a difference: a deadline, or a trouble that lasts. */
function isUnderWay({ rollout, migration }: Steps): boolean {
  const isRolling = rollout !== undefined && rollout.shard !== undefined;
  return isRolling || (migration !== undefined && migration.state !== 'done');
}
