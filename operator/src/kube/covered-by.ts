type Json = Readonly<Record<string, unknown>>;

/**
 * Whether a live object says everything that is desired, whatever else it says: the API server
 * fills in defaults, and others may own fields beside ours. Items of lists are matched by their
 * name where they have one.
 */
export function isCoveredBy(desired: unknown, live: unknown): boolean {
  if (Array.isArray(desired)) {
    if (!Array.isArray(live)) return false;
    return desired.every(isNamed)
      ? desired.every((item: Json) => isCoveredBy(item, named(live, item)))
      : desired.length === live.length && desired.every((item, at) => isCoveredBy(item, live[at]));
  }
  if (isObject(desired)) {
    // An empty object means as much as none.
    if (!isObject(live)) return Object.keys(desired).length === 0 && live === undefined;
    return Object.entries(desired).every(([name, value]) => isCoveredBy(value, live[name]));
  }
  return desired === live;
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

const isNamed = (item: unknown): item is Json => isObject(item) && typeof item['name'] === 'string';

const named = (items: readonly unknown[], { name }: Json): unknown =>
  items.find((item) => isNamed(item) && item['name'] === name);
