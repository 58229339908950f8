import type { Resource } from './resource.ts';

/** Which replica leads. */
export const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  verbs: ['get', 'create', 'update'],
};
