import { FeedmillError } from '@feedmill/core/errors';
import type { KubeClient } from '../kube/kube-client.ts';
import { journalClaim } from '../names.ts';
import type { VolumeClaim } from '../objects.ts';
import { bytesOf } from '../quantity.ts';
import { STATEFUL_SETS, VOLUME_CLAIMS } from '../resources.ts';
import type { CachedView, ClusterView } from './cluster-view.ts';

/** How the volumes stand to the size that is wanted. */
export type VolumeGrowth =
  | { readonly state: 'settled' }
  /** Asked for; the storage has not given it yet. */
  | { readonly state: 'growing'; readonly claims: readonly string[] }
  | { readonly state: 'refused'; readonly why: string };

/**
 * Asks for larger volumes. Those that are there are asked for more one by one; the StatefulSet,
 * whose template for new ones cannot be changed, is made again around its pods, which run on.
 */
export async function growVolumes(view: ClusterView, client: KubeClient): Promise<VolumeGrowth> {
  const { cluster, statefulSet } = view;
  const { size } = cluster.spec.journal;
  const wanted = bytesOf(size) ?? 0;
  const claims = view.claims.filter((claim) => isJournal(view, claim));
  for (const claim of claims) {
    if (requested(claim) >= wanted) continue;
    try {
      const spec = { resources: { requests: { storage: size } } };
      await client.mergePatch(VOLUME_CLAIMS, view.namespace, claim.metadata.name, { spec });
    } catch (error) {
      const failure = FeedmillError.from(error);
      if (failure.retryable) throw failure;
      return {
        state: 'refused',
        why:
          `Volume ${claim.metadata.name} cannot grow to ${size}: ${failure.message} Give it a ` +
          'StorageClass that allows volume expansion, or set spec.journal.size back.',
      };
    }
  }
  const template = statefulSet?.spec.volumeClaimTemplates?.[0];
  const isGoing = statefulSet?.metadata.deletionTimestamp !== undefined;
  if (statefulSet !== undefined && !isGoing && template !== undefined) {
    if (requested(template) < wanted) await client.delete(STATEFUL_SETS, statefulSet, 'Orphan');
  }
  const growing = claims.filter(isGrowing).map(({ metadata }) => metadata.name);
  return growing.length === 0 ? { state: 'settled' } : { state: 'growing', claims: growing };
}

/** What every shard's volume has at least, bytes; undefined before there are any. */
export function smallestVolume(view: CachedView): number | undefined {
  const { shards } = view.cluster.spec;
  const capacities = view.claims
    .filter((claim) => isJournal(view, claim) && shardOf(claim) < shards)
    .flatMap((claim) => capacityOf(claim) ?? []);
  return capacities.length === 0 ? undefined : Math.min(...capacities);
}

const isJournal = ({ name }: CachedView, claim: VolumeClaim): boolean =>
  claim.metadata.name === journalClaim(name, shardOf(claim));

const shardOf = ({ metadata }: VolumeClaim): number =>
  Number(metadata.name.slice(metadata.name.lastIndexOf('-') + 1));

const requested = ({ spec }: VolumeClaim): number =>
  bytesOf(spec.resources?.requests?.['storage']) ?? 0;

const capacityOf = ({ status }: VolumeClaim): number | undefined =>
  bytesOf(status?.capacity?.['storage']);

const isGrowing = (claim: VolumeClaim): boolean => {
  const capacity = capacityOf(claim);
  return capacity !== undefined && capacity < requested(claim);
};
