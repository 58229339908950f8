import assert from 'node:assert/strict';

/** What the API lets one do with a kind of object. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/**
 * A kind of object together with what the operator does with it. The rules of the chart's roles are
 * made from these (`rules.ts`), and the client refuses what is not said here: so the operator never
 * has a right that no code needs, nor needs one that it does not have.
 */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** As it stands in paths. */
  readonly plural: string;
  readonly verbs: readonly Verb[];
  /** What is done with subresources, such as `status`. */
  readonly subresources?: Readonly<Record<string, readonly Verb[]>>;
}

export const apiVersionOf = ({ group, version }: Resource): string =>
  group === '' ? version : `${group}/${version}`;

/** Path of a list (without a name) or of an object. An empty namespace means all of them. */
export function pathOf(
  resource: Resource,
  namespace: string,
  name?: string,
  subresource?: string,
): string {
  const { group, version, plural } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  const part = subresource === undefined ? '' : `/${subresource}`;
  return `${root}${scope}/${plural}${object}${part}`;
}

/** A use that no rule allows is a fault of ours, found in the first test that comes by. */
export function assertAllowed(resource: Resource, verb: Verb, subresource?: string): void {
  const verbs =
    subresource === undefined ? resource.verbs : (resource.subresources?.[subresource] ?? []);
  const what = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  assert(verbs.includes(verb), `the operator has no right to ${verb} ${what}: declare it`);
}
