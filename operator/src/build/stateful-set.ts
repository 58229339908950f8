import { envName } from '@feedmill/core/process-config';
import { SHARD_PLACEHOLDER } from '../api/region.ts';
import { contentHash } from '../content-hash.ts';
import {
  ANNOTATIONS,
  clusterLabels,
  componentLabels,
  PORTS,
  podSelector,
  settingsMap,
  workerAccount,
} from '../names.ts';
import type { Pod, PodTemplate, StatefulSet, StreamCluster } from '../objects.ts';
import { containerSecurity, type Program, podSecurity, secretEnvironment } from './pod-parts.ts';

const VOLUME = 'journal';
const VOLUME_FOLDER = '/var/lib/feedmill';
/** Below the volume's root, where a file system keeps things of its own. */
const SHARD_FOLDER = `${VOLUME_FOLDER}/shard`;
const SHARD_LABEL = 'apps.kubernetes.io/pod-index';
/** Beyond the time for draining: to close everything and end. */
const GRACE_MARGIN_SECONDS = 5;
/** A worker that waits for Postgres, or reads a long journal, is not to be disturbed: a day. */
const START_PROBES_MAX = 86_400;

const DEFAULT_RESOURCES = {
  requests: { cpu: '100m', memory: '256Mi' },
  limits: { memory: '1Gi' },
};

/** What makes a worker's pod what it is, beside the cluster's own spec. */
export interface WorkerPodFacts {
  readonly image: string;
  /** Hash of the settings and secrets that the environment is read from. */
  readonly settingsHash: string;
}

/** The template of the workers' pods, marked with its own hash. */
export function buildPodTemplate(cluster: StreamCluster, facts: WorkerPodFacts): PodTemplate {
  const { name } = cluster.metadata;
  const labels = componentLabels(name, 'worker');
  const annotations = { [ANNOTATIONS.settings]: facts.settingsHash };
  const spec = podSpec(cluster, facts.image);
  const hash = contentHash({ labels, annotations, spec });
  return {
    metadata: { labels, annotations: { ...annotations, [ANNOTATIONS.template]: hash } },
    spec,
  };
}

export const templateHash = ({ metadata }: PodTemplate): string =>
  metadata.annotations[ANNOTATIONS.template] ?? '';

export const workerImage = ({ spec }: PodTemplate): string | undefined =>
  (spec as Pod['spec']).containers?.[0]?.image;

/**
 * The workers. Pods from `partition` on are of this template; those before keep what they have.
 *
 * Parallel: shards do not wait for each other at the start, and a pod that never gets ready does
 * not keep the others from going back to what worked.
 */
export function buildStatefulSet(
  cluster: StreamCluster,
  template: PodTemplate,
  replicas: number,
  partition: number,
): StatefulSet {
  const { name, namespace = '' } = cluster.metadata;
  const { journal } = cluster.spec;
  const spec = {
    replicas,
    serviceName: name,
    podManagementPolicy: 'Parallel',
    selector: { matchLabels: podSelector(name, 'worker') },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
    persistentVolumeClaimRetentionPolicy: {
      whenDeleted: journal.deletionPolicy,
      whenScaled: 'Retain',
    },
    template,
    volumeClaimTemplates: [
      {
        metadata: { name: VOLUME, labels: clusterLabels(name) },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: journal.size } },
          ...(journal.storageClassName === undefined
            ? {}
            : { storageClassName: journal.storageClassName }),
        },
      },
    ],
  };
  return { metadata: { name, namespace, labels: clusterLabels(name) }, spec };
}

function podSpec({ metadata, spec }: StreamCluster, image: string): object {
  const { name } = metadata;
  const { placement, update, resources = DEFAULT_RESOURCES, imagePullSecrets } = spec;
  const selector = { matchLabels: podSelector(name, 'worker') };
  return {
    ...podSecurity,
    serviceAccountName: workerAccount(name),
    terminationGracePeriodSeconds: update.drainSeconds + GRACE_MARGIN_SECONDS,
    ...optional({ imagePullSecrets }),
    ...optional({
      nodeSelector: placement.nodeSelector,
      tolerations: placement.tolerations,
      priorityClassName: placement.priorityClassName,
    }),
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: placement.topologyKey,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: selector,
      },
    ],
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: selector },
          },
        ],
      },
    },
    containers: [
      {
        name: 'worker',
        image,
        args: ['worker' satisfies Program],
        ...containerSecurity,
        ports: [
          { name: 'grpc', containerPort: PORTS.grpc, protocol: 'TCP' },
          { name: 'http', containerPort: PORTS.http, protocol: 'TCP' },
        ],
        envFrom: [{ configMapRef: { name: settingsMap(name) } }],
        env: [
          {
            name: envName('shard'),
            valueFrom: {
              fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${SHARD_LABEL}']` },
            },
          },
          ...(spec.region === undefined ? [] : [peerEnvironment(spec.region.peerAddress)]),
          secretEnvironment(envName('postgres'), spec.postgres.secretRef),
          ...(spec.alertSecretRef === undefined
            ? []
            : [secretEnvironment(envName('alertWebhookSecret'), spec.alertSecretRef)]),
          { name: envName('dir'), value: SHARD_FOLDER },
          { name: envName('listen'), value: `0.0.0.0:${PORTS.grpc}` },
          { name: envName('http'), value: `0.0.0.0:${PORTS.http}` },
        ],
        resources,
        startupProbe: { ...probe('/livez'), periodSeconds: 1, failureThreshold: START_PROBES_MAX },
        livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 6 },
        readinessProbe: { ...probe('/readyz'), periodSeconds: 1, failureThreshold: 2 },
        volumeMounts: [
          { name: VOLUME, mountPath: VOLUME_FOLDER },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
  };
}

/** The kubelet puts the shard's number in: the template is the same for all. */
const peerEnvironment = (address: string): object => ({
  name: envName('peer'),
  value: address.replaceAll(SHARD_PLACEHOLDER, `$(${envName('shard')})`),
});

const probe = (path: string): object => ({
  httpGet: { path, port: 'http', scheme: 'HTTP' },
  timeoutSeconds: 5,
});

/** Fields that were not given are left out. */
function optional(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
