import type { Epoch, Position } from '@feedmill/core/brand';
import type { FeedmillError } from '@feedmill/core/errors';
import type { RegionName } from '@feedmill/core/region/register';
import { status } from '@grpc/grpc-js';
import type { Refusal } from '../ingest/refusal.ts';

interface FollowerIdentity {
  readonly clusterId: string;
  readonly shard: number;
  readonly region: RegionName;
}

const identityText = ({ clusterId, shard, region }: FollowerIdentity): string =>
  `region '${region}' of shard ${shard}, cluster ${clusterId}`;

/** Tells a producer's client which region to try. */
const toRegion = (region: RegionName): Record<string, string> =>
  region === '' ? {} : { 'feedmill-region': region };

/** How streams end because of which region is what. */
export const regionRefusals = {
  /** To a producer. */
  notPrimary: (me: RegionName, primary: RegionName): Refusal => ({
    code: status.UNAVAILABLE,
    details:
      primary === '' || primary === me
        ? `Region ${me} may not accept events now; the other region may.`
        : `Region ${me} follows; ${primary} accepts this shard's events.`,
    trailers: toRegion(primary === me ? '' : primary),
  }),
  handingOver: (me: RegionName, peer: RegionName): Refusal => ({
    code: status.UNAVAILABLE,
    details: `Region ${me} hands this shard over to ${peer}.`,
    trailers: toRegion(peer),
  }),
  isolated: (me: RegionName, peer: RegionName): Refusal => ({
    code: status.UNAVAILABLE,
    details: `Region ${me} reaches neither ${peer} nor the witness, and can acknowledge nothing.`,
  }),
  standbyLost: (me: RegionName, peer: RegionName): Refusal => ({
    code: status.UNAVAILABLE,
    details:
      `Region ${me} does not reach ${peer}, and standbyLoss is Stop: nothing is acknowledged ` +
      `before ${peer} holds it, too.`,
  }),

  /** To a follower. */
  replaced: (epoch: Epoch): Refusal => ({
    code: status.FAILED_PRECONDITION,
    details: `Epoch ${epoch} has begun.`,
  }),
  ceased: (me: RegionName): Refusal => ({
    code: status.FAILED_PRECONDITION,
    details: `Region ${me} is not primary any more.`,
  }),
  notPrimaryFor: (me: RegionName, epoch: number): Refusal => ({
    code: status.FAILED_PRECONDITION,
    details: `Region ${me} is not the primary of epoch ${epoch}.`,
  }),
  otherEpoch: (ours: Epoch, theirs: number): Refusal => ({
    code: status.FAILED_PRECONDITION,
    details: `The follower asks for the primary of epoch ${theirs}; here it is epoch ${ours}.`,
  }),
  otherPair: (seen: FollowerIdentity, allowed: FollowerIdentity): Refusal => ({
    code: status.PERMISSION_DENIED,
    details: `The follower is ${identityText(seen)}; only ${identityText(allowed)} may follow.`,
  }),
  oneRegion: (): Refusal => ({
    code: status.FAILED_PRECONDITION,
    details: 'This shard lives in one region; start its worker with --region to have two.',
  }),
  startFirst: (): Refusal => ({
    code: status.INVALID_ARGUMENT,
    details: 'A stream of a follower opens with one ReplicaStart.',
  }),
  superseded: (): Refusal => ({
    code: status.ABORTED,
    details: 'The follower has opened another stream.',
  }),
  trimmed: (wanted: Position, first: Position): Refusal => ({
    code: status.OUT_OF_RANGE,
    details:
      `Position ${wanted} is wanted, and the journal begins at ${first}: copy the rows of this ` +
      'region with feedmill rebuild.',
  }),
  ownLoss: (epoch: Epoch): Refusal => ({
    code: status.DATA_LOSS,
    details: `The follower holds entries of epoch ${epoch} that this region has lost.`,
  }),
  unreadable: (error: FeedmillError): Refusal => ({
    code: status.UNAVAILABLE,
    details: error.message,
  }),
} as const;
