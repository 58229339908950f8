import type { KubeObject } from '../kube/kube-object.ts';
import {
  clusterLabels,
  componentLabels,
  LABELS,
  networkPolicyName,
  PORTS,
  podSelector,
  workerAccount,
} from '../names.ts';
import type { StreamCluster } from '../objects.ts';

type Built = KubeObject & { readonly spec?: object };

/** Gives each worker a name of its own in DNS, also before it is ready. */
export function buildHeadlessService({ metadata }: StreamCluster): Built {
  const { name, namespace = '' } = metadata;
  return {
    metadata: { name, namespace, labels: clusterLabels(name) },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: podSelector(name, 'worker'),
      ports: [
        {
          name: 'grpc',
          port: PORTS.grpc,
          targetPort: 'grpc',
          protocol: 'TCP',
          appProtocol: 'grpc',
        },
        { name: 'http', port: PORTS.http, targetPort: 'http', protocol: 'TCP' },
      ],
    },
  };
}

/** The workers' own account, which has no rights. */
export function buildServiceAccount({ metadata }: StreamCluster): Built {
  const { name, namespace = '' } = metadata;
  return {
    metadata: { name: workerAccount(name), namespace, labels: clusterLabels(name) },
    automountServiceAccountToken: false,
  } as Built;
}

/** Nodes are drained one shard at a time. One shard alone would keep its node for ever. */
export function buildDisruptionBudget({ metadata, spec }: StreamCluster): Built | undefined {
  if (spec.shards === 1) return undefined;
  const { name, namespace = '' } = metadata;
  return {
    metadata: { name, namespace, labels: clusterLabels(name) },
    spec: {
      maxUnavailable: 1,
      // A worker that is not healthy protects nothing.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: podSelector(name, 'worker') },
    },
  };
}

/** Lets in who sends events, who reads metrics, and the operator. */
export function buildNetworkPolicy(
  { metadata, spec }: StreamCluster,
  operatorNamespace: string,
): Built | undefined {
  if (!spec.network.isolate) return undefined;
  const { name, namespace = '' } = metadata;
  const { producersFrom = [], metricsFrom } = spec.network;
  const operator = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': operatorNamespace } },
    podSelector: { matchLabels: { [LABELS.name]: 'feedmill', [LABELS.component]: 'operator' } },
  };
  return {
    metadata: {
      name: networkPolicyName(name),
      namespace,
      labels: componentLabels(name, 'worker'),
    },
    spec: {
      podSelector: { matchLabels: podSelector(name, 'worker') },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [{ podSelector: {} }, operator, ...producersFrom],
          ports: [{ port: PORTS.grpc, protocol: 'TCP' }],
        },
        {
          ...(metricsFrom === undefined ? {} : { from: metricsFrom }),
          ports: [{ port: PORTS.http, protocol: 'TCP' }],
        },
      ],
    },
  };
}
