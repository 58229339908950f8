import { asEpoch, asPosition } from '@feedmill/core/brand';
import { registerOf, startNode } from '@feedmill/core/region/region-role';
import { holdsEverything, type RegionFacts, releasable } from '@feedmill/core/region/region-steps';
import type { Mutant } from './mutants.ts';
import {
  type Bounds,
  commonEntries,
  entryAt,
  entryCount,
  eventEntry,
  eventsOf,
  otherSide,
  prefixOf,
  REGIONS,
  type Region,
  type Side,
  type World,
  withRegion,
} from './world.ts';

/** One thing that may happen, and what the world is then. */
export interface Move {
  readonly label: string;
  readonly world: World;
  /** Something breaks, or somebody interferes; everything else is the system's own doing. */
  readonly isFault: boolean;
  /** What must never happen has happened on the way. */
  readonly violation?: string;
}

const own = (label: string, world: World): Move => ({ label, world, isFault: false });

function lastEpochOf({ log, synced }: Region): number {
  return synced === 0 ? 0 : Number(entryAt(log, synced)[0]);
}

export function factsOf(region: Region, isPeerSilent: boolean, isPeerClose: boolean): RegionFacts {
  return {
    lastEpoch: asEpoch(lastEpochOf(region)),
    appended: asPosition(entryCount(region.log)),
    durable: asPosition(region.synced),
    copied: asPosition(region.copied),
    confirmed: asPosition(region.confirmed),
    epochStart: asPosition(region.epochStart),
    released: asPosition(region.released),
    heldEpoch: asEpoch(region.held),
    isPeerSilent,
    isPeerClose,
    isPeerTold: region.isPeerTold,
    isHandOverWanted: region.isHandOverWanted,
  };
}

/** What happens at one region without the witness. */
export function* regionMoves(
  world: World,
  side: Side,
  bounds: Bounds,
  mutant: Mutant | undefined,
): Generator<Move> {
  const name = REGIONS[side];
  const region = world.regions[side];
  const { node, log, synced, rows } = region;
  const { role } = node;
  const entries = entryCount(log);
  if (role.kind === 'primary' && world.nextEvent < bounds.events) {
    const entry = eventEntry(role.epoch, world.nextEvent);
    const accepted = withRegion(world, side, { log: log + entry });
    yield own(`${name} accepts ${entry}`, { ...accepted, nextEvent: world.nextEvent + 1 });
  }
  if (synced < entries) yield own(`${name} syncs`, withRegion(world, side, { synced: entries }));
  yield* releaseMoves(world, side, mutant);
  const ready = mutant === 'sink-ahead' ? synced : region.released;
  if (entryCount(rows) < ready && ready <= entries) {
    yield own(`${name} commits`, withRegion(world, side, { rows: prefixOf(log, ready) }));
  }
  yield* followMoves(world, side, mutant);
  const other = world.regions[otherSide(side)];
  const isHeard = 'epoch' in role && role.kind !== 'follower' && role.epoch === other.toldEpoch;
  if (isHeard && other.told > region.confirmed) {
    yield own(`${name} hears`, withRegion(world, side, { confirmed: other.told }));
  }
  yield* tellMoves(world, side, mutant);
  yield* faultMoves(world, side, bounds, mutant);
}

/** The primary tells its standby that it holds everything, and hears that this was noted. */
function* tellMoves(world: World, side: Side, mutant: Mutant | undefined): Generator<Move> {
  const region = world.regions[side];
  const standby = world.regions[otherSide(side)];
  const { role } = region.node;
  if (role.kind !== 'primary' || role.gate === 'alone') return;
  if (standby.follows !== role.epoch || standby.held >= role.epoch) return;
  if (mutant !== 'in-sync-early' && !holdsEverything(factsOf(region, false, false))) return;
  const noted = withRegion(world, otherSide(side), { held: role.epoch });
  const label = `${REGIONS[side]} tells ${REGIONS[otherSide(side)]} that it holds everything`;
  yield own(label, noted);
  yield own(`${label}, and hears`, withRegion(noted, side, { isPeerTold: true }));
}

function* releaseMoves(world: World, side: Side, mutant: Mutant | undefined): Generator<Move> {
  const region = world.regions[side];
  const { role } = region.node;
  const facts = factsOf(region, false, false);
  const isPrimary = role.kind === 'primary' || role.kind === 'handing-over';
  const limit =
    mutant === 'ack-alone' && isPrimary ? facts.durable : releasable(region.node, facts);
  const released = Math.max(region.released, limit);
  let acknowledged = world.acknowledged;
  let givenUp = world.givenUp;
  if (isPrimary) {
    const forced = world.witness.ledger.register?.forcedEpoch ?? 0;
    for (const event of eventsOf(prefixOf(region.log, released))) {
      if (acknowledged.includes(event) || givenUp.includes(event)) continue;
      // A person gave up this primary, and it does not know yet.
      if (forced > role.epoch && role.kind === 'primary' && role.gate === 'alone') givenUp += event;
      else acknowledged += event;
    }
  }
  if (released === region.released && acknowledged.length === world.acknowledged.length) {
    if (givenUp.length === world.givenUp.length) return;
  }
  const next = {
    ...withRegion(world, side, { released }),
    acknowledged: sorted(acknowledged),
    givenUp: sorted(givenUp),
  };
  const move = own(`${REGIONS[side]} releases ${released}`, next);
  // Whoever acknowledges anew must hold what was acknowledged before, by whomever.
  const lost = Array.from(world.acknowledged).filter((event) => !region.log.includes(event));
  const isAnew = acknowledged.length > world.acknowledged.length;
  if (!isAnew || lost.length === 0) yield move;
  else yield { ...move, violation: `${REGIONS[side]} goes on without ${lost.join()}` };
}

export const sorted = (events: string): string => Array.from(events).sort().join('');

/** The standby finds out where it agrees with the primary, cuts back, and copies. */
function* followMoves(world: World, side: Side, mutant: Mutant | undefined): Generator<Move> {
  const region = world.regions[side];
  const primary = world.regions[otherSide(side)];
  const { role } = region.node;
  const theirs = primary.node.role;
  const isTheirs = theirs.kind === 'primary' || theirs.kind === 'handing-over';
  if (role.kind !== 'follower' || !isTheirs || theirs.epoch !== role.epoch) return;
  const shipped = mutant === 'ship-unsynced' ? entryCount(primary.log) : primary.synced;
  if (region.follows !== role.epoch) {
    yield followMove(world, side, shipped, mutant);
    return;
  }
  const copied = entryCount(region.log);
  if (copied >= shipped) return;
  const log = region.log + entryAt(primary.log, copied + 1);
  const synced = mutant === 'confirm-unsynced' ? region.synced : copied + 1;
  const change = { log, synced, copied: copied + 1, told: copied + 1 };
  yield own(`${REGIONS[side]} copies`, withRegion(world, side, change));
}

function followMove(world: World, side: Side, shipped: number, mutant: Mutant | undefined): Move {
  const region = world.regions[side];
  const theirLog = prefixOf(world.regions[otherSide(side)].log, shipped);
  const follows = (region.node.role as { epoch: number }).epoch;
  const agreed =
    mutant === 'cut-nothing' ? entryCount(region.log) : commonEntries(region.log, theirLog);
  const agreedRows = commonEntries(region.rows, theirLog);
  const isForced = (registerOf(region.node)?.forcedEpoch ?? 0) > lastEpochOf(region);
  const isRowLost = agreedRows < entryCount(region.rows);
  const isReleasedLost = agreed < Math.min(region.released, entryCount(region.log));
  const rows = prefixOf(region.rows, agreedRows);
  const change = {
    log: prefixOf(region.log, agreed),
    synced: agreed,
    copied: agreed,
    told: agreed,
    toldEpoch: follows,
    follows,
    rows,
    released: Math.max(Math.min(region.released, agreed), entryCount(rows)),
  };
  // What an earlier life of the standby confirmed counts no more.
  const forgotten = { confirmed: 0, isPeerTold: false };
  const heard = withRegion(world, otherSide(side), forgotten);
  const move = own(`${REGIONS[side]} follows from ${agreed}`, withRegion(heard, side, change));
  if (isForced || !(isRowLost || isReleasedLost)) return move;
  const violation = `${REGIONS[side]} has to cut back to ${agreed} what it had released`;
  return { ...move, violation };
}

function* faultMoves(
  world: World,
  side: Side,
  bounds: Bounds,
  mutant: Mutant | undefined,
): Generator<Move> {
  const region = world.regions[side];
  const { node, log, synced, rows } = region;
  const restarted = {
    copied: mutant === 'copied-after-restart' ? synced : 0,
    confirmed: 0,
    epochStart: 0,
    follows: 0,
    isPeerTold: false,
    isHandOverWanted: false,
    isAsking: false,
    released: entryCount(rows),
  };
  if (world.crashes < bounds.crashes) {
    const crashed = withRegion(world, side, {
      ...restarted,
      node: startNode(node.settings, registerOf(node)),
      log: prefixOf(log, synced),
    });
    const label = `${REGIONS[side]} crashes and starts`;
    yield { label, isFault: true, world: { ...crashed, crashes: world.crashes + 1 } };
  }
  if (world.lostVolumes < bounds.lostVolumes) {
    for (const kept of rows === '' ? [rows] : [rows, '']) {
      const lost = withRegion(world, side, {
        ...restarted,
        node: startNode(node.settings, undefined),
        log: '',
        synced: 0,
        held: 0,
        rows: kept,
        released: entryCount(kept),
      });
      const label = `${REGIONS[side]} loses its volume${kept === rows ? '' : ' and its Postgres'}`;
      yield { label, isFault: true, world: { ...lost, lostVolumes: world.lostVolumes + 1 } };
    }
  }
}
