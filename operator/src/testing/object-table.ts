import type { KubeObject } from '../kube/kube-object.ts';

type Json = Record<string, unknown>;

/** What happened to one object, as a watch tells it. */
export interface TableEvent {
  readonly collection: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly version: number;
}

export class TableFault extends Error {
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/**
 * The objects of an API server in memory, with what clients rely on: versions that rise, compare
 * and set, generations, server-side apply with its owners, and a history for watches.
 */
export class ObjectTable {
  readonly history: TableEvent[] = [];
  readonly #objects = new Map<string, KubeObject>();
  /** What each manager has applied to each object. */
  readonly #applied = new Map<string, Json>();
  #version = 100;
  #uids = 0;
  /** Versions before are forgotten. */
  compactedVersion = 0;
  onEvent: (event: TableEvent) => void = () => undefined;

  get version(): number {
    return this.#version;
  }

  /** Objects of a collection (`/apis/…/statefulsets`) in a namespace, or in all. */
  list(collection: string, namespace: string): KubeObject[] {
    return [...this.#objects]
      .filter(([path]) =>
        path.startsWith(`${collection}|${namespace === '' ? '' : `${namespace}|`}`),
      )
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  get(collection: string, namespace: string, name: string): KubeObject {
    const found = this.#objects.get(pathOf(collection, namespace, name));
    if (found === undefined) throw new TableFault(404, 'NotFound', `"${name}" not found`);
    return found;
  }

  create(collection: string, object: KubeObject): KubeObject {
    const { namespace = '', name } = object.metadata;
    if (this.#objects.has(pathOf(collection, namespace, name))) {
      throw new TableFault(409, 'AlreadyExists', `"${name}" already exists`);
    }
    this.#uids += 1;
    const metadata = { ...object.metadata, uid: `uid-${this.#uids}`, generation: 1 };
    return this.#write(collection, { ...object, metadata }, 'ADDED');
  }

  update(collection: string, object: KubeObject): KubeObject {
    const { namespace = '', name, resourceVersion } = object.metadata;
    const known = this.get(collection, namespace, name);
    if (resourceVersion !== undefined && resourceVersion !== known.metadata.resourceVersion) {
      throw new TableFault(409, 'Conflict', 'the object has been modified');
    }
    return this.#replace(collection, known, object);
  }

  mergePatch(collection: string, namespace: string, name: string, patch: Json): KubeObject {
    const known = this.get(collection, namespace, name);
    return this.#replace(collection, known, merged(known, patch) as unknown as KubeObject);
  }

  /** @param subresource undefined: everything but the status */
  apply(
    collection: string,
    subresource: string | undefined,
    object: KubeObject,
    manager: string,
  ): KubeObject {
    const { namespace = '', name } = object.metadata;
    const path = pathOf(collection, namespace, name);
    const known = this.#objects.get(path);
    const { status, ...rest } = object as unknown as Json;
    const wanted = subresource === 'status' ? { status } : rest;
    const owner = `${path}|${manager}|${subresource ?? ''}`;
    const before = this.#applied.get(owner) ?? {};
    this.#applied.set(owner, wanted);
    if (known === undefined) {
      if (subresource !== undefined) throw new TableFault(404, 'NotFound', `"${name}" not found`);
      return this.create(collection, wanted as unknown as KubeObject);
    }
    const kept = without(known as unknown as Json, before, wanted);
    return this.#replace(collection, known, merged(kept, wanted) as unknown as KubeObject);
  }

  delete(collection: string, namespace: string, name: string, uid?: string): KubeObject {
    const known = this.get(collection, namespace, name);
    if (uid !== undefined && uid !== known.metadata.uid) {
      throw new TableFault(409, 'Conflict', `the uid is ${known.metadata.uid}, not ${uid}`);
    }
    const path = pathOf(collection, namespace, name);
    this.#objects.delete(path);
    for (const owner of this.#applied.keys()) {
      if (owner.startsWith(`${path}|`)) this.#applied.delete(owner);
    }
    this.#version += 1;
    const last = withVersion(known, this.#version);
    this.#tell({ collection, type: 'DELETED', object: last, version: this.#version });
    return last;
  }

  #replace(collection: string, known: KubeObject, wanted: KubeObject): KubeObject {
    const { resourceVersion, uid, generation = 1 } = known.metadata;
    const metadata = { ...wanted.metadata, resourceVersion, uid, generation };
    const next = { ...wanted, metadata } as unknown as Json;
    const before = known as unknown as Json;
    if (same(next, before)) return known;
    const isSpecChanged = !same(next['spec'], before['spec']);
    const object = {
      ...next,
      metadata: { ...metadata, generation: isSpecChanged ? generation + 1 : generation },
    };
    return this.#write(collection, object as unknown as KubeObject, 'MODIFIED');
  }

  #write(collection: string, object: KubeObject, type: TableEvent['type']): KubeObject {
    this.#version += 1;
    const written = withVersion(object, this.#version);
    const { namespace = '', name } = object.metadata;
    this.#objects.set(pathOf(collection, namespace, name), written);
    this.#tell({ collection, type, object: written, version: this.#version });
    return written;
  }

  #tell(event: TableEvent): void {
    this.history.push(event);
    this.onEvent(event);
  }
}

const pathOf = (collection: string, namespace: string, name: string): string =>
  `${collection}|${namespace}|${name}`;

const withVersion = (object: KubeObject, version: number): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(version) },
});

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    isObject(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** Fields of `patch` over `base`; null removes one. Lists are replaced. */
function merged(base: unknown, patch: Json): Json {
  const result: Json = isObject(base) ? { ...base } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = isObject(value) ? merged(result[name], value) : value;
  }
  return result;
}

/** `base` without what was applied before and is not wanted now. */
function without(base: Json, before: Json, wanted: Json): Json {
  const result = { ...base };
  for (const [name, value] of Object.entries(before)) {
    const next = wanted[name];
    if (next === undefined) delete result[name];
    else if (isObject(value) && isObject(next) && isObject(result[name])) {
      result[name] = without(result[name], value, next);
    }
  }
  return result;
}
