import type { RegionSwitchoverSpec } from '../api/region-switchover.ts';
import type { StreamCluster } from '../objects.ts';

/** Why a switchover cannot be done here, in a word and in a sentence; undefined where it can. */
export function switchoverRefusal(
  { clusterRef, from, to, mode }: RegionSwitchoverSpec,
  cluster: StreamCluster | undefined,
): { readonly reason: string; readonly message: string } | undefined {
  const again = 'A RegionSwitchover is done once, so make another one then.';
  if (cluster === undefined) {
    return {
      reason: 'ClusterMissing',
      message: `There is no StreamCluster '${clusterRef.name}' in this namespace. ${again}`,
    };
  }
  const { region } = cluster.spec;
  if (region === undefined) {
    return {
      reason: 'OneRegion',
      message:
        `StreamCluster '${clusterRef.name}' lives in one region: it has no spec.region. ` + again,
    };
  }
  const { name, peerRegion } = region;
  const regions = [name, peerRegion];
  if (!regions.includes(from) || !regions.includes(to)) {
    return {
      reason: 'RegionUnknown',
      message:
        `StreamCluster '${clusterRef.name}' lives in ${name} and ${peerRegion}; this switchover ` +
        `is from ${from} to ${to}.`,
    };
  }
  // By force the old primary need not be there: its place is taken.
  const acting = mode === 'Forced' ? to : from;
  if (acting !== name) {
    return {
      reason: 'OtherRegion',
      message:
        `The workers here are those of region ${name}, and it is ${acting} that ` +
        `${mode === 'Forced' ? 'takes' : 'hands'} over. Make the RegionSwitchover where the ` +
        `StreamCluster of ${acting} is.`,
    };
  }
  return undefined;
}
