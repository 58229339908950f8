import type { RegionStatus } from '@feedmill/core/control/region-status';
import Type from 'typebox';
import type { ShardView } from '../observe/fleet.ts';

export const RegionSchema = Type.Object({
  region: Type.String(),
  role: Type.Enum(['primary', 'follower', 'mixed']),
  epoch: Type.Integer({ description: 'The highest of its shards.' }),
  in_sync: Type.Union([Type.Boolean(), Type.Null()], {
    description:
      'Whether both hold everything that was acknowledged; null where there is no other region.',
  }),
  lag_ms: Type.Union([Type.Integer(), Type.Null()], {
    description: 'The largest of its shards; null of the other region.',
  }),
  reachable: Type.Boolean(),
});

// Regions hear each other some seven times a second; one that is silent for so long counts as lost.
const REACHABLE_MS = 1_000;

/** This region, and the other one where there is one, as this region's workers see both. */
export function regionItems(
  views: readonly ShardView[],
  name: string,
  storedEpoch: number,
): object[] {
  const up = views.filter(({ isUp }) => isUp);
  const lags = up.map(({ snapshot }) => snapshot?.lagMs ?? 0);
  const lag = lags.length === 0 ? null : Math.max(...lags);
  const pairs = views.flatMap(({ snapshot }) => snapshot?.region ?? []);
  const [first] = pairs;
  if (first === undefined) {
    const alone = { role: 'primary', epoch: storedEpoch, in_sync: null, reachable: true };
    return [{ region: name, ...alone, lag_ms: lag }];
  }
  const epoch = Math.max(...pairs.map((each) => each.epoch));
  const inSync = pairs.every((each) => each.inSync && !each.isAlone);
  const item = (region: string) => ({
    region,
    role: roleIn(pairs, region),
    epoch,
    in_sync: inSync,
  });
  const isHeard = ({ peerSilentMs = Number.POSITIVE_INFINITY }: RegionStatus): boolean =>
    peerSilentMs <= REACHABLE_MS;
  return [
    { ...item(first.name), lag_ms: lag, reachable: true },
    { ...item(first.peer), lag_ms: null, reachable: pairs.every(isHeard) },
  ];
}

function roleIn(pairs: readonly RegionStatus[], region: string): 'primary' | 'follower' | 'mixed' {
  const count = pairs.filter(({ primary }) => primary === region).length;
  if (count === pairs.length) return 'primary';
  return count === 0 ? 'follower' : 'mixed';
}
