import { envName } from '@feedmill/core/process-config';
import type { KubeObject } from '../kube/kube-object.ts';
import {
  componentLabels,
  LABELS,
  PORTS,
  podSelector,
  producerAddress,
  producerService,
  workerAccount,
  workerPod,
} from '../names.ts';
import type { Producer } from '../objects.ts';
import { containerSecurity, type Program, podSecurity, secretEnvironment } from './pod-parts.ts';

type Built = KubeObject & { readonly spec?: object };

const FILES_FOLDER = '/files';
const STATE_FOLDER = '/state';
const DEFAULT_RESOURCES = {
  requests: { cpu: '50m', memory: '128Mi' },
  limits: { memory: '512Mi' },
};
/** A connector waits for its Producer to be bound for as long as that takes: an hour at a time. */
const NOT_FOUND_GRACE_MS = 3_600_000;
const STOP_SECONDS = 15;

const labelsOf = ({ metadata, spec }: Producer): Record<string, string> => ({
  ...componentLabels(spec.clusterRef.name, 'connector'),
  [LABELS.producer]: metadata.name,
});

/**
 * The producer's own Service. It selects the one pod of its shard, so its address stays the same
 * over all moves. The pod is reached as soon as it runs: it says itself when it is too early.
 *
 * @param shard undefined while the producer is bound to none: then nobody is behind the address
 */
export function buildProducerService(producer: Producer, shard: number | undefined): Built {
  const { name, namespace = '' } = producer.metadata;
  const cluster = producer.spec.clusterRef.name;
  const pod = shard === undefined ? 'none' : workerPod(cluster, shard);
  const { type, annotations } = producer.spec.service;
  return {
    metadata: {
      name: producerService(name),
      namespace,
      labels: labelsOf(producer),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      type,
      publishNotReadyAddresses: true,
      selector: {
        ...podSelector(cluster, 'worker'),
        'statefulset.kubernetes.io/pod-name': pod,
      },
      ports: [
        {
          name: 'grpc',
          port: PORTS.grpc,
          targetPort: 'grpc',
          protocol: 'TCP',
          appProtocol: 'grpc',
        },
      ],
    },
  };
}

/** What reads the source of a pull-type producer; undefined for one that sends by itself. */
export function buildConnector(
  producer: Producer,
  image: string,
  imagePullSecrets: readonly object[] | undefined,
): Built | undefined {
  const { name, namespace = '' } = producer.metadata;
  const { source, clusterRef } = producer.spec;
  if (source.kind !== 'Connector' || source.connector === undefined) return undefined;
  const labels = labelsOf(producer);
  const selector = { ...podSelector(clusterRef.name, 'connector'), [LABELS.producer]: name };
  const { volumes, volumeMounts } = volumesOf(producer);
  return {
    metadata: { name: producerService(name), namespace, labels },
    spec: {
      replicas: 1,
      // Two of one name would put each other out.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: selector },
      template: {
        metadata: { labels },
        spec: {
          ...podSecurity,
          serviceAccountName: workerAccount(clusterRef.name),
          terminationGracePeriodSeconds: STOP_SECONDS,
          ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
          containers: [
            {
              name: 'connector',
              image,
              args: ['connector' satisfies Program],
              ...containerSecurity,
              ...environmentOf(producer, source.connector),
              resources: source.resources ?? DEFAULT_RESOURCES,
              volumeMounts,
            },
          ],
          volumes,
        },
      },
    },
  };
}

function environmentOf({ metadata, spec }: Producer, connector: string): object {
  const { name, namespace = '' } = metadata;
  const token = spec.credentials?.tokenSecretRef;
  const { environmentFrom } = spec.source;
  return {
    env: [
      { name: envName('source'), value: connector },
      { name: envName('producer'), value: name },
      { name: envName('address'), value: producerAddress(name, namespace) },
      ...(spec.otherAddress === undefined
        ? []
        : [{ name: envName('otherAddress'), value: spec.otherAddress }]),
      { name: envName('stateDir'), value: STATE_FOLDER },
      { name: envName('notFoundGraceMs'), value: String(NOT_FOUND_GRACE_MS) },
      { name: envName('stayAtEnd'), value: 'true' },
      ...(token === undefined ? [] : [secretEnvironment(envName('token'), token)]),
    ],
    ...(environmentFrom === undefined
      ? {}
      : { envFrom: [{ secretRef: { name: environmentFrom } }] }),
  };
}

function volumesOf({ spec }: Producer): { volumes: object[]; volumeMounts: object[] } {
  const { files, state } = spec.source;
  const kept =
    state === undefined
      ? { emptyDir: { sizeLimit: '16Mi' } }
      : { persistentVolumeClaim: { claimName: state.claimName } };
  const volumes: object[] = [{ name: 'state', ...kept }];
  const volumeMounts: object[] = [{ name: 'state', mountPath: STATE_FOLDER }];
  if (files !== undefined) {
    const claim = { claimName: files.claimName, readOnly: true };
    volumes.push({ name: 'files', persistentVolumeClaim: claim });
    volumeMounts.push({ name: 'files', mountPath: FILES_FOLDER, readOnly: true });
  }
  return { volumes, volumeMounts };
}
