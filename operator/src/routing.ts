import type { Cache } from './cache.ts';
import { producersOf } from './cluster/cluster-view.ts';
import { type KubeObject, keyOf, type ObjectKey, objectKey } from './kube/kube-object.ts';
import type { ObjectChange } from './kube/object-store.ts';
import type { Resource } from './kube/resource.ts';
import { clusterOf, LABELS, ledgerMap, rolloutMap } from './names.ts';
import type { Producer } from './objects.ts';
import { PRODUCERS, REGION_SWITCHOVERS, SECRETS, STREAM_CLUSTERS } from './resources.ts';

/** What the queue holds: a kind of ours and an object of it. */
export type WorkKind = 'cluster' | 'producer' | 'switchover';
export type WorkKey = `${WorkKind}:${ObjectKey}`;

export function workKeyOf(key: WorkKey): { readonly kind: WorkKind; readonly object: ObjectKey } {
  const colon = key.indexOf(':');
  return { kind: key.slice(0, colon) as WorkKind, object: key.slice(colon + 1) };
}

/** Whose reconcile a change concerns. */
export function concerned(
  resource: Resource,
  change: ObjectChange<KubeObject>,
  cache: Cache,
): WorkKey[] {
  const object = change.after ?? change.before;
  if (object === undefined) return [];
  const { namespace = '' } = object.metadata;
  switch (resource) {
    case STREAM_CLUSTERS: {
      const own: WorkKey = `cluster:${change.key}`;
      if (!isSpecChanged(change)) return [own];
      return [own, ...producerKeys(cache, namespace, object.metadata.name)];
    }
    case PRODUCERS: {
      const own: WorkKey = `producer:${change.key}`;
      if (!isSpecChanged(change)) return [own];
      const cluster = (object as Producer).spec.clusterRef.name;
      return [own, `cluster:${objectKey(namespace, cluster)}`];
    }
    case REGION_SWITCHOVERS:
      return [`switchover:${change.key}`];
    case SECRETS:
      return secretUsers(cache, namespace, object.metadata.name);
    default:
      return ownersOf(object, cache);
  }
}

/**
 * Where it is not, only the status has changed. Its object is looked at again all the same: what is
 * to be said may have changed back before the cache knew what had been said.
 */
function isSpecChanged({ before, after }: ObjectChange<KubeObject>): boolean {
  if (before === undefined || after === undefined) return true;
  const telling = ({ metadata }: KubeObject): string =>
    JSON.stringify([
      metadata.uid,
      metadata.generation,
      metadata.annotations,
      metadata.deletionTimestamp,
    ]);
  return telling(before) !== telling(after);
}

function secretUsers(cache: Cache, namespace: string, secret: string): WorkKey[] {
  const clusters = cache.clusters
    .in(namespace)
    .filter(({ spec }) => spec.postgres.secretRef.name === secret)
    .map((cluster): WorkKey => `cluster:${keyOf(cluster)}`);
  const producers = cache.producers
    .in(namespace)
    .filter(({ spec }) => spec.credentials?.tokenSecretRef?.name === secret)
    .flatMap((producer): WorkKey[] => [
      `producer:${keyOf(producer)}`,
      `cluster:${objectKey(namespace, producer.spec.clusterRef.name)}`,
    ]);
  return [...clusters, ...producers];
}

/** What we made carries the name of its cluster, and of its producer where it has one. */
function ownersOf(object: KubeObject, cache: Cache): WorkKey[] {
  const { namespace = '', name, labels } = object.metadata;
  const cluster = clusterOf(object);
  const producer = labels?.[LABELS.producer];
  if (producer !== undefined) return [`producer:${objectKey(namespace, producer)}`];
  const keys: WorkKey[] = [`cluster:${objectKey(namespace, cluster)}`];
  // Producers tell of the bindings and of the pods behind their addresses, and their connectors
  // follow the workers' image.
  const isLedger = name === ledgerMap(cluster) || name === rolloutMap(cluster);
  const isTold = isLedger || labels?.[LABELS.component] === 'worker';
  return isTold ? [...keys, ...producerKeys(cache, namespace, cluster)] : keys;
}

const producerKeys = (cache: Cache, namespace: string, cluster: string): WorkKey[] =>
  producersOf(cache, namespace, cluster).map((each): WorkKey => `producer:${keyOf(each)}`);
