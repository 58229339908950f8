import type { Condition } from '@feedmill/operator/api/conditions';
import type { KubeObject } from '@feedmill/operator/kube/kube-object';
import type { Pod, Producer, StreamCluster } from '@feedmill/operator/objects';
import type { Kubectl } from './kubectl.ts';
import { MetricText } from './metric-text.ts';

const WORKERS = 'app.kubernetes.io/name=feedmill,app.kubernetes.io/component=worker';
const INSTANCE = 'app.kubernetes.io/instance';

/** A worker's pod, with the figures that it serves itself. */
export interface WorkerView {
  readonly pod: Pod;
  readonly cluster: string;
  readonly metrics: MetricText | undefined;
}

/** Everything that is looked at, at one moment. */
export interface PipelineView {
  readonly clusters: readonly StreamCluster[];
  readonly producers: readonly Producer[];
  readonly workers: readonly WorkerView[];
}

export async function viewOf(kubectl: Kubectl): Promise<PipelineView> {
  const [clusters, producers, pods] = await Promise.all([
    kubectl.list<StreamCluster>('streamclusters.feedmill.dev'),
    kubectl.list<Producer>('producers.feedmill.dev'),
    kubectl.list<Pod>('pods', `--selector=${WORKERS}`),
  ]);
  const workers = pods.map(async (pod): Promise<WorkerView> => {
    const { name, namespace = '', labels = {} } = pod.metadata;
    const text = await kubectl.fromPod(namespace, name, '/metrics');
    const metrics = text === undefined ? undefined : new MetricText(text);
    return { pod, cluster: labels[INSTANCE] ?? '', metrics };
  });
  return { clusters, producers, workers: await Promise.all(workers) };
}

/** The workers of a StreamCluster, by shard. */
export function workersOf(
  { workers }: PipelineView,
  { metadata }: StreamCluster,
): readonly WorkerView[] {
  return workers
    .filter(
      ({ pod, cluster }) =>
        cluster === metadata.name && pod.metadata.namespace === metadata.namespace,
    )
    .sort((a, b) => shardOf(a) - shardOf(b));
}

export const shardOf = ({ pod: { metadata } }: WorkerView): number =>
  Number(metadata.name.slice(metadata.name.lastIndexOf('-') + 1));

/** What is wrong with something, and what to do. */
export interface Trouble {
  readonly what: string;
  readonly reason: string;
  readonly message: string;
}

/** Every condition that asks for somebody, each reason of an object once. */
export function troublesOf({ clusters, producers }: PipelineView): Trouble[] {
  return [
    ...clusters.flatMap((cluster) =>
      troubles('StreamCluster', cluster, cluster.status?.conditions, isClusterTrouble),
    ),
    ...producers.flatMap((producer) =>
      troubles('Producer', producer, producer.status?.conditions, isProducerTrouble),
    ),
  ];
}

function troubles(
  kind: string,
  { metadata }: KubeObject,
  conditions: readonly Condition[] | undefined,
  isTrouble: (condition: Condition) => boolean,
): Trouble[] {
  const what = `${kind} ${metadata.namespace}/${metadata.name}`;
  if (conditions === undefined) {
    const message = 'No operator has looked at it yet; see that one runs and looks there.';
    return [{ what, reason: 'NoStatus', message }];
  }
  const seen = new Set<string>();
  return conditions.filter(isTrouble).flatMap(({ reason, message }) => {
    if (seen.has(reason)) return [];
    seen.add(reason);
    return [{ what, reason, message }];
  });
}

/** `Stable` only sums up the others. */
const isClusterTrouble = ({ type, status }: Condition): boolean =>
  type === 'Degraded'
    ? status === 'True'
    : ['Ready', 'SinkReachable'].includes(type) && status === 'False';

const isProducerTrouble = ({ type, status }: Condition): boolean =>
  ['Ready', 'Bound'].includes(type) && status === 'False';
