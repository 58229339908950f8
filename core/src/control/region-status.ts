import { RegionRole, type RegionState } from '@feedmill/proto/feedmill/v1/control_pb';

/** What a region's worker is to its shard, as people and tools see it. */
export type RegionRoleName = 'fenced' | 'primary' | 'handing over' | 'follower' | 'catching up';

/** One region's part in a shard that lives in two. */
export interface RegionStatus {
  readonly name: string;
  readonly peer: string;
  readonly role: RegionRoleName;
  /** Why it came to this role. */
  readonly why: string;
  /** Region that the witness named primary when it was heard last; empty where nothing is known. */
  readonly primary: string;
  readonly epoch: number;
  readonly inSync: boolean;
  readonly registerVersion: number;
  /** A primary acknowledges although the other region does not hold the events. */
  readonly isAlone: boolean;
  /** A primary that reaches neither follower nor witness, and acknowledges nothing. */
  readonly isIsolated: boolean;
  /** Journal positions: acknowledged here, and held by the follower. */
  readonly releasedPosition: number;
  readonly confirmedPosition: number;
  /** Undefined where it was never heard. */
  readonly peerSilentMs: number | undefined;
  readonly witnessSilentMs: number | undefined;
}

// RegionState says so where nothing was ever heard.
const NEVER = 2 ** 32 - 1;

/** Reads the part about regions of a worker's answer. */
export function regionStatusOf(state: RegionState): RegionStatus {
  const { name, peer, why, primary, epoch, inSync, isAlone, isIsolated } = state;
  return {
    name,
    peer,
    role: roleOf(state.role),
    why,
    primary,
    epoch,
    inSync,
    registerVersion: Number(state.registerVersion),
    isAlone,
    isIsolated,
    releasedPosition: Number(state.releasedPosition),
    confirmedPosition: Number(state.confirmedPosition),
    peerSilentMs: silenceOf(state.peerSilentMs),
    witnessSilentMs: silenceOf(state.witnessSilentMs),
  };
}

const silenceOf = (ms: number): number | undefined => (ms === NEVER ? undefined : ms);

function roleOf(role: RegionRole): RegionRoleName {
  switch (role) {
    case RegionRole.PRIMARY:
      return 'primary';
    case RegionRole.HANDING_OVER:
      return 'handing over';
    case RegionRole.FOLLOWER:
      return 'follower';
    case RegionRole.CATCHING_UP:
      return 'catching up';
    default:
      return 'fenced';
  }
}
