import { FeedmillError } from '@feedmill/core/errors';
import { contentHash } from '../content-hash.ts';
import { ANNOTATIONS } from '../names.ts';
import { isCoveredBy } from './covered-by.ts';
import type { KubeClient } from './kube-client.ts';
import { controllerOf, type KubeObject, type OwnerReference } from './kube-object.ts';
import type { Resource } from './resource.ts';

/** Brings objects to what is desired, and leaves alone what is so already or belongs to others. */
export class Applier {
  readonly #client: KubeClient;
  /** Field manager: who says what stands in the objects. */
  readonly #manager: string;

  constructor(client: KubeClient, manager: string) {
    this.#client = client;
    this.#manager = manager;
  }

  /**
   * @param live the object as the reflector knows it; undefined where it knows none
   * @returns the object after this, or as it was
   * @throws FeedmillError API_REFUSED where an object of that name is somebody else's
   */
  async ensure<T extends KubeObject>(
    resource: Resource,
    desired: T,
    owners: readonly OwnerReference[],
    live: T | undefined,
  ): Promise<T> {
    const owned = { ...desired, metadata: { ...desired.metadata, ownerReferences: owners } };
    const hash = contentHash(owned);
    if (live !== undefined) {
      assertOurs(resource, live, owners);
      const isSaid = live.metadata.annotations?.[ANNOTATIONS.applied] === hash;
      if (isSaid && isCoveredBy(owned, live)) return live;
    } else {
      const { namespace = '', name } = desired.metadata;
      const found = await this.#client.find(resource, namespace, name);
      if (found !== undefined) assertOurs(resource, found, owners);
    }
    const annotations = { ...desired.metadata.annotations, [ANNOTATIONS.applied]: hash };
    const marked = { ...owned, metadata: { ...owned.metadata, annotations } };
    return await this.#client.apply<T>(resource, marked, this.#manager);
  }

  /** Deletes what is not desired any more. */
  async remove(resource: Resource, live: KubeObject | undefined): Promise<void> {
    if (live === undefined || live.metadata.deletionTimestamp !== undefined) return;
    await this.#client.delete(resource, live);
  }
}

/** Ours is what our object controls. What an earlier one controlled is about to be collected. */
function assertOurs(
  { kind }: Resource,
  found: KubeObject,
  owners: readonly OwnerReference[],
): void {
  const controller = controllerOf(found);
  const owner = owners[0];
  if (owner === undefined || controller?.uid === owner.uid) return;
  const { namespace, name } = found.metadata;
  const whose =
    controller === undefined ? 'nobody of ours' : `${controller.kind} ${controller.name}`;
  throw new FeedmillError(
    'NAME_TAKEN',
    `${kind} ${namespace}/${name} is there already and belongs to ${whose}; it is left as it is. ` +
      `Rename or delete it, so that ${owner.kind} ${owner.name} can have one of that name.`,
  );
}
