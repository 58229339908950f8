import { API_GROUP, API_VERSION } from './api/custom-resources.ts';
import type { Resource } from './kube/resource.ts';

const READ = ['list', 'watch'] as const;
/** To make sure that a name is free, to apply what should be there, and to take it away. */
const OWN = [...READ, 'get', 'create', 'patch', 'delete'] as const;

export const STREAM_CLUSTERS: Resource = {
  group: API_GROUP,
  version: API_VERSION,
  kind: 'StreamCluster',
  plural: 'streamclusters',
  verbs: READ,
  subresources: { status: ['patch'] },
};

export const PRODUCERS: Resource = {
  group: API_GROUP,
  version: API_VERSION,
  kind: 'Producer',
  plural: 'producers',
  verbs: READ,
  subresources: { status: ['patch'] },
};

export const REGION_SWITCHOVERS: Resource = {
  group: API_GROUP,
  version: API_VERSION,
  kind: 'RegionSwitchover',
  plural: 'regionswitchovers',
  verbs: READ,
  subresources: { status: ['patch'] },
};

export const STATEFUL_SETS: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  verbs: OWN,
};

export const DEPLOYMENTS: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  verbs: OWN,
};

export const JOBS: Resource = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  verbs: OWN,
};

export const SERVICES: Resource = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  verbs: OWN,
};

export const SERVICE_ACCOUNTS: Resource = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  verbs: OWN,
};

/** Settings are applied; ledgers are written by compare and set. */
export const CONFIG_MAPS: Resource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  verbs: [...OWN, 'update'],
};

/** Of other people's Secrets only hashes are kept. */
export const SECRETS: Resource = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  verbs: READ,
};

/** A pod that never gets ready is deleted, so that it comes back as it was before. */
export const PODS: Resource = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  verbs: [...READ, 'delete'],
};

/** Volumes grow by asking for more. They are never deleted. */
export const VOLUME_CLAIMS: Resource = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  verbs: [...READ, 'patch'],
};

export const DISRUPTION_BUDGETS: Resource = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  verbs: OWN,
};

export const NETWORK_POLICIES: Resource = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  verbs: OWN,
};
