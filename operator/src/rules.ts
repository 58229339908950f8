import { EVENTS } from './kube/event-recorder.ts';
import { LEASES } from './kube/lease.ts';
import type { Resource, Verb } from './kube/resource.ts';
import * as resources from './resources.ts';

/** A rule of a Role. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly Verb[];
}

/** What the operator needs where its objects are: exactly what its resources declare. */
export const operatorRules = (): PolicyRule[] =>
  [...Object.values<Resource>(resources), EVENTS].sort(byName).flatMap(rulesOf);

/** What it needs where it runs itself, to elect its leader. */
export const leaseRules = (): PolicyRule[] => rulesOf(LEASES);

const byName = (a: Resource, b: Resource): number => (nameOf(a) < nameOf(b) ? -1 : 1);

const nameOf = ({ group, plural }: Resource): string => `${group}/${plural}`;

function rulesOf({ group, plural, verbs, subresources = {} }: Resource): PolicyRule[] {
  const rule = (resource: string, of: readonly Verb[]): PolicyRule => ({
    apiGroups: [group],
    resources: [resource],
    verbs: of,
  });
  return [
    rule(plural, verbs),
    ...Object.entries(subresources).map(([name, of]) => rule(`${plural}/${name}`, of)),
  ];
}
