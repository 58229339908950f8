import type { BindingLedger } from '@feedmill/core/binding/binding-plan';
import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { ownValue } from '@feedmill/core/own-value';
import type { Cache } from '../cache.ts';
import { keyOf, type ObjectKey, type OwnerReference } from '../kube/kube-object.ts';
import { apiVersionOf } from '../kube/resource.ts';
import { clusterOf, LABELS, ledgerMap, rolloutMap, shardOfPod } from '../names.ts';
import {
  type ConfigMap,
  ownedBy,
  type Pod,
  type Producer,
  type SecretDigest,
  type StatefulSet,
  type StreamCluster,
  type VolumeClaim,
} from '../objects.ts';
import { STREAM_CLUSTERS } from '../resources.ts';
import type { RolloutLedger } from './rollout.ts';

/** Everything that a reconcile of one StreamCluster looks at, as it is at its beginning. */
export interface ClusterView {
  readonly key: ObjectKey;
  readonly cluster: StreamCluster;
  readonly name: string;
  readonly namespace: string;
  readonly owners: readonly OwnerReference[];
  readonly producers: readonly Producer[];
  readonly statefulSet: StatefulSet | undefined;
  /** Workers' pods by shard. */
  readonly pods: ReadonlyMap<number, Pod>;
  readonly migrationPods: readonly Pod[];
  readonly claims: readonly VolumeClaim[];
  readonly secret: SecretDigest | undefined;
  readonly bindingMap: ConfigMap | undefined;
  readonly rolloutMap: ConfigMap | undefined;
  readonly bindings: BindingLedger;
  readonly rollout: RolloutLedger;
  readonly snapshots: ReadonlyMap<number, ShardSnapshot>;
}

/** The part of a view that stands in the cache. */
export type CachedView = Omit<ClusterView, 'bindings' | 'rollout' | 'snapshots'>;

export function cachedView(cache: Cache, cluster: StreamCluster): CachedView {
  const { name, namespace = '' } = cluster.metadata;
  const isMine = (each: { metadata: StreamCluster['metadata'] }): boolean =>
    clusterOf(each) === name;
  const ownPods = cache.pods.in(namespace).filter(isMine);
  const workers = new Map<number, Pod>();
  for (const pod of ownPods) {
    const shard = shardOfPod(name, pod.metadata.name);
    if (pod.metadata.labels?.[LABELS.component] === 'worker' && shard !== undefined) {
      workers.set(shard, pod);
    }
  }
  return {
    key: keyOf(cluster),
    cluster,
    name,
    namespace,
    owners: ownedBy(cluster, apiVersionOf(STREAM_CLUSTERS), STREAM_CLUSTERS.kind),
    producers: producersOf(cache, namespace, name),
    statefulSet: cache.statefulSets.get(namespace, name),
    pods: workers,
    migrationPods: ownPods.filter(
      ({ metadata }) => metadata.labels?.[LABELS.component] === 'migration',
    ),
    claims: cache.claims.in(namespace).filter(isMine),
    secret: cache.secrets.get(namespace, cluster.spec.postgres.secretRef.name),
    bindingMap: cache.configMaps.get(namespace, ledgerMap(name)),
    rolloutMap: cache.configMaps.get(namespace, rolloutMap(name)),
  };
}

/** The producers of a cluster that are not about to be deleted, by name. */
export function producersOf(cache: Cache, namespace: string, cluster: string): Producer[] {
  return cache.producers
    .in(namespace)
    .filter(
      ({ metadata, spec }) =>
        spec.clusterRef.name === cluster && metadata.deletionTimestamp === undefined,
    )
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** SHA-256 of the Postgres URL; undefined where Secret or key is missing. */
export const postgresDigest = ({ cluster, secret }: CachedView): string | undefined =>
  secret && ownValue(secret.digests, cluster.spec.postgres.secretRef.key);
