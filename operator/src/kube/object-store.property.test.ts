import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from './kube-object.ts';
import { ObjectStore } from './object-store.ts';

interface Event {
  readonly type: 'put' | 'delete';
  readonly object: KubeObject;
}

const inOrder = (objects: Iterable<KubeObject>): KubeObject[] =>
  [...objects].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));

/** What happens to objects of a few names, in its order, and what stands at the end. */
const history = fc
  .array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), isDeleted: fc.boolean() }), {
    maxLength: 40,
  })
  .map((steps) => {
    const living = new Map<string, KubeObject>();
    const events: Event[] = [];
    let uids = 0;
    for (const [at, { name, isDeleted }] of steps.entries()) {
      const known = living.get(name);
      uids += 1;
      const uid = known?.metadata.uid ?? `uid-${uids}`;
      const object: KubeObject = { metadata: { name, uid, resourceVersion: String(at + 1) } };
      if (isDeleted && known === undefined) continue;
      if (isDeleted) living.delete(name);
      else living.set(name, object);
      events.push({ type: isDeleted ? 'delete' : 'put', object });
    }
    return { events, living };
  });

test('whatever order the events of each object come in, the store ends where they end', () => {
  fc.assert(
    fc.property(history, fc.infiniteStream(fc.nat(1_000)), ({ events, living }, draws) => {
      const store = new ObjectStore<KubeObject>(1_000);
      // Events of one object, each with a place of its own: late by up to five.
      const shuffled = events
        .map((event, at) => ({ event, place: at + ((draws.next().value as number) % 6) }))
        .sort((a, b) => a.place - b.place);
      for (const { event } of shuffled) {
        if (event.type === 'put') store.put(event.object);
        else store.delete(event.object);
      }
      // An old incarnation may stand in for a newer one until the next list; never the other way.
      store.replace([...living.values()]);
      expect(inOrder(store.values())).toEqual(inOrder(living.values()));
    }),
  );
});

test('in their order, events alone lead to the same as a list', () => {
  fc.assert(
    fc.property(history, ({ events, living }) => {
      const store = new ObjectStore<KubeObject>(1_000);
      for (const { type, object } of events) {
        if (type === 'put') store.put(object);
        else store.delete(object);
      }
      expect(inOrder(store.values())).toEqual(inOrder(living.values()));
    }),
  );
});
