import { type KubeObject, keyOf, type ObjectKey } from './kube-object.ts';

/** What a change did to one object: before and after; one of the two may be missing. */
export interface ObjectChange<T extends KubeObject> {
  readonly key: ObjectKey;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

const NOTHING: readonly never[] = [];

/**
 * The newest known state of the objects of one kind. Events may come late or out of order, from a
 * watch that overlaps with a list or from another API server: the store never goes back.
 */
export class ObjectStore<T extends KubeObject> {
  readonly #objects = new Map<ObjectKey, T>();
  /** Uids of deleted objects, oldest first, so that a late event does not revive them. */
  readonly #tombstones = new Set<string>();
  readonly #tombstonesMax: number;

  constructor(tombstonesMax: number) {
    this.#tombstonesMax = tombstonesMax;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(key);
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** Takes over a whole list. What is missing there was deleted while nobody watched. */
  replace(items: readonly T[]): ObjectChange<T>[] {
    this.#tombstones.clear();
    const listed = new Set(items.map(keyOf));
    const gone = [...this.#objects.keys()].filter((key) => !listed.has(key));
    return [
      ...gone.map((key) => this.#drop(key)),
      // A consistent list is newer than any event before it, also where versions were set back.
      ...items.flatMap((item) => this.#put(item)),
    ];
  }

  /** An object was added or changed. */
  put(object: T): readonly ObjectChange<T>[] {
    const { uid } = object.metadata;
    if (uid !== undefined && this.#tombstones.has(uid)) return NOTHING;
    const known = this.#objects.get(keyOf(object));
    if (known?.metadata.uid === uid && known !== undefined && isOlder(object, known)) {
      return NOTHING;
    }
    return this.#put(object);
  }

  /** An object was deleted. One that was made again under the same name stays. */
  delete(object: T): readonly ObjectChange<T>[] {
    const { uid } = object.metadata;
    if (uid !== undefined) this.#bury(uid);
    const key = keyOf(object);
    const known = this.#objects.get(key);
    if (known === undefined || known.metadata.uid !== uid) return NOTHING;
    return [this.#drop(key)];
  }

  #put(after: T): ObjectChange<T>[] {
    const key = keyOf(after);
    const before = this.#objects.get(key);
    if (before?.metadata.uid === after.metadata.uid && isSame(before, after)) return [];
    this.#objects.set(key, after);
    return [{ key, before, after }];
  }

  #drop(key: ObjectKey): ObjectChange<T> {
    const before = this.#objects.get(key);
    this.#objects.delete(key);
    return { key, before, after: undefined };
  }

  #bury(uid: string): void {
    this.#tombstones.add(uid);
    for (const oldest of this.#tombstones) {
      if (this.#tombstones.size <= this.#tombstonesMax) return;
      this.#tombstones.delete(oldest);
    }
  }
}

const isSame = (a: KubeObject | undefined, b: KubeObject): boolean =>
  a !== undefined && a.metadata.resourceVersion === b.metadata.resourceVersion;

/** Versions of one object are numbers that rise; what is no number is taken as newer. */
function isOlder(a: KubeObject, b: KubeObject): boolean {
  const { resourceVersion: ours = '' } = a.metadata;
  const { resourceVersion: theirs = '' } = b.metadata;
  if (!/^\d+$/.test(ours) || !/^\d+$/.test(theirs)) return false;
  return BigInt(ours) < BigInt(theirs);
}
