import type { KubeObject } from './kube/kube-object.ts';

/** Names and labels of everything that the operator makes. They are its contract with itself. */
export const LABELS = {
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
  producer: 'feedmill.dev/producer',
} as const;

export const ANNOTATIONS = {
  /** On a StreamCluster: 'true' leaves everything as it is. */
  pause: 'feedmill.dev/pause',
  /** On what the operator applied: a hash of it. */
  applied: 'feedmill.dev/applied',
  /** On a pod and its template: a hash of the template. */
  template: 'feedmill.dev/template',
  /** On a pod template: a hash of what its environment is read from. */
  settings: 'feedmill.dev/settings',
} as const;

const APPLICATION = 'feedmill';
const OPERATOR = 'feedmill-operator';

export type Component = 'worker' | 'connector' | 'migration';

/** Selects everything that the operator made, for its reflectors. */
export const OWN_SELECTOR = `${LABELS.managedBy}=${OPERATOR}`;

export function clusterLabels(cluster: string): Record<string, string> {
  return {
    [LABELS.name]: APPLICATION,
    [LABELS.instance]: cluster,
    [LABELS.managedBy]: OPERATOR,
  };
}

export function componentLabels(cluster: string, component: Component): Record<string, string> {
  return { ...clusterLabels(cluster), [LABELS.component]: component };
}

/** The labels by which Services, budgets and policies find the pods of a component. */
export function podSelector(cluster: string, component: Component): Record<string, string> {
  return {
    [LABELS.name]: APPLICATION,
    [LABELS.instance]: cluster,
    [LABELS.component]: component,
  };
}

export const clusterOf = ({ metadata }: KubeObject): string =>
  metadata.labels?.[LABELS.instance] ?? '';

export const producerService = (producer: string): string => `feed-${producer}`;
export const workerPod = (cluster: string, shard: number): string => `${cluster}-${shard}`;
export const settingsMap = (cluster: string): string => `${cluster}-settings`;
export const ledgerMap = (cluster: string): string => `${cluster}-bindings`;
export const rolloutMap = (cluster: string): string => `${cluster}-rollout`;
export const workerAccount = (cluster: string): string => `${cluster}-worker`;
export const networkPolicyName = (cluster: string): string => `${cluster}-worker`;

/** The shard of a worker's pod; undefined for any other name. */
export function shardOfPod(cluster: string, pod: string): number | undefined {
  const shard = Number(pod.slice(cluster.length + 1));
  return pod.startsWith(`${cluster}-`) && Number.isInteger(shard) ? shard : undefined;
}

/** The volume of a shard, as the StatefulSet names it. */
export const journalClaim = (cluster: string, shard: number): string =>
  `journal-${workerPod(cluster, shard)}`;

export const PORTS = { grpc: 7400, http: 7500 } as const;

/** host:port of a worker, the same wherever its pod runs. */
export const workerAddress = (cluster: string, namespace: string, shard: number): string =>
  `${workerPod(cluster, shard)}.${cluster}.${namespace}.svc:${PORTS.grpc}`;

export const producerAddress = (producer: string, namespace: string): string =>
  `${producerService(producer)}.${namespace}.svc:${PORTS.grpc}`;
