import { type Register, sameRegister } from '@feedmill/core/region/register';
import type { Mutant } from './mutants.ts';
import {
  type Bounds,
  otherSide,
  type Region,
  type Side,
  sideOf,
  type World,
  withRegion,
} from './world.ts';

/**
 * Forgets what can no longer make a difference, so that fewer states are different ones: numbers
 * that the region's role does not look at, and requests that the witness can only refuse.
 */
export function normalForm(world: World, bounds: Bounds, mutant: Mutant | undefined): World {
  let normal = world;
  // A copy that is restored and a cut after a force look at what a region knew.
  const isKnownOnly = bounds.restores === 0 && bounds.forces === 0;
  for (const side of [0, 1] as const) {
    const forgotten = forgettable(normal, side, isKnownOnly);
    if (forgotten !== undefined) normal = withRegion(normal, side, forgotten);
  }
  normal = withoutVain(normal, mutant);
  for (const side of [0, 1] as const) {
    if (!normal.regions[side].isAsking) continue;
    const isOnWay = normal.messages.some(
      (each) => each.kind === 'request' && sideOf(each.request.region) === side,
    );
    if (!isOnWay) normal = withRegion(normal, side, { isAsking: false });
  }
  return normal;
}

const isSame = (register: Register | 'none', { witness }: World): boolean =>
  register !== 'none' && sameRegister(register, witness.ledger.register);

/** A request that lost its register might as well have been lost on its way. */
function withoutVain(world: World, mutant: Mutant | undefined): World {
  if (mutant === 'no-compare' || world.messages.length === 0) return world;
  const { register } = world.witness.ledger;
  const messages = world.messages.filter(
    (each) => each.kind === 'token' || sameRegister(each.request.decidedOn, register),
  );
  return messages.length === world.messages.length ? world : { ...world, messages };
}

function forgettable(world: World, side: Side, isKnownOnly: boolean): Partial<Region> | undefined {
  const region = world.regions[side];
  const other = world.regions[otherSide(side)];
  const { role } = region.node;
  let forgotten: Partial<Region> | undefined;
  if (role.kind === 'fenced' || role.kind === 'follower') {
    const { confirmed, epochStart, isPeerTold } = region;
    const isAny = confirmed > 0 || epochStart > 0 || isPeerTold;
    if (isAny) forgotten = { confirmed: 0, epochStart: 0, isPeerTold: false };
    // With an old register nothing can be asked for, and whatever is read next replaces it.
    const { register } = region.node;
    const isOld = register !== undefined && register !== world.witness.ledger.register;
    const isTold = world.messages.some((each) => each.kind === 'token');
    if (isKnownOnly && isOld && !isTold && !isSame(register, world)) {
      forgotten = { ...forgotten, node: { ...region.node, register: undefined } };
    }
  }
  // What a standby may release it may as well have released.
  if (role.kind === 'follower' && region.released < region.copied) {
    forgotten = { ...forgotten, released: region.copied };
  }
  // Only the primary of the very epoch that it was told to may still hear it.
  const listener = other.node.role;
  const isListening =
    (listener.kind === 'primary' || listener.kind === 'handing-over') &&
    listener.epoch === region.toldEpoch;
  if (!isListening && region.toldEpoch > 0 && region.follows !== region.toldEpoch) {
    forgotten = { ...forgotten, told: 0, toldEpoch: 0 };
  }
  return forgotten;
}
