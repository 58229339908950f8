import type { Cache } from '../cache.ts';
import { producersOf } from '../cluster/cluster-view.ts';
import type { StreamCluster } from '../objects.ts';
import type { OperatorMetrics } from './operator-metrics.ts';

/** Says in metrics what the status of a StreamCluster says. */
export function observeCluster(
  metrics: OperatorMetrics,
  { metadata, status }: StreamCluster,
  cache: Cache,
): void {
  const { name: cluster, namespace = '' } = metadata;
  for (const { type, status: is } of status?.conditions ?? []) {
    metrics.conditions.set({ namespace, cluster, condition: type }, is === 'True' ? 1 : 0);
  }
  const unbound = producersOf(cache, namespace, cluster).filter(
    (producer) => producer.status?.shard === undefined,
  );
  metrics.unboundProducers.set({ namespace, cluster }, unbound.length);
}
