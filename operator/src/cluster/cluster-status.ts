import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import type { Condition } from '../api/conditions.ts';
import type { StreamClusterStatus } from '../api/stream-cluster.ts';
import { podSelector, workerPod } from '../names.ts';
import { isPodReady, type Pod, type Producer } from '../objects.ts';
import type { ClusterOutcome } from './cluster-findings.ts';
import { worstOf } from './cluster-findings.ts';
import type { ClusterView } from './cluster-view.ts';

/** What is written into the status of a StreamCluster. */
export function clusterStatus(
  view: ClusterView,
  outcome: ClusterOutcome,
  conditions: readonly Condition[],
): StreamClusterStatus {
  const { cluster, name, pods, producers } = view;
  const { shards } = cluster.spec;
  const readyShards = [...pods].filter(([shard, pod]) => shard < shards && isPodReady(pod)).length;
  const ledger = outcome.bindings?.plan.ledger ?? view.bindings;
  const isBound = ({ metadata }: Producer): boolean => Object.hasOwn(ledger.shardOf, metadata.name);
  const bound = producers.filter(isBound).length;
  const selector = Object.entries(podSelector(name, 'worker'))
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
  return {
    observedGeneration: cluster.metadata.generation ?? 0,
    shards: pods.size,
    readyShards,
    ready: `${readyShards}/${shards}`,
    producers: `${bound}/${producers.length}`,
    selector,
    level: worstOf(view) ?? '',
    ...roleOf(view),
    image: imageOf(pods.get(0)),
    bindingGeneration: ledger.generation,
    shardStates: [...pods]
      .sort(([a], [b]) => a - b)
      .map(([shard, pod]) => shardState(name, shard, pod, view.snapshots.get(shard))),
    conditions: [...conditions],
  };
}

function shardState(
  cluster: string,
  shard: number,
  pod: Pod,
  snapshot: ShardSnapshot | undefined,
): StreamClusterStatus['shardStates'][number] {
  const isReady = isPodReady(pod);
  const state = isReady ? (snapshot?.level ?? 'ready') : 'starting';
  const held = snapshot?.producers.filter(({ bound }) => bound).map(({ producer }) => producer);
  return {
    shard,
    pod: workerPod(cluster, shard),
    state,
    ...(snapshot === undefined ? {} : { epoch: snapshot.epoch }),
    ...(snapshot?.region === undefined ? {} : { role: snapshot.region.role }),
    ...(held === undefined || held.length === 0 ? {} : { producers: held.join(', ') }),
  };
}

/** The role of all shards, where they have one and the same; and whether the regions are equal. */
function roleOf({ cluster, snapshots }: ClusterView): Pick<StreamClusterStatus, 'role'> {
  const { shards, region } = cluster.spec;
  if (region === undefined) return {};
  const regions = [...snapshots].flatMap(([shard, each]) =>
    shard < shards && each.region !== undefined ? [each.region] : [],
  );
  const roles = [...new Set(regions.map(({ role }) => role))];
  if (regions.length < shards || roles.length !== 1) return { role: roles.join(', ') || 'unknown' };
  const isInSync = regions.every(({ inSync }) => inSync);
  return { role: `${roles[0]}, ${isInSync ? 'in sync' : 'not in sync'}` };
}

const imageOf = (pod: Pod | undefined): string => pod?.spec.containers?.[0]?.image ?? '';
