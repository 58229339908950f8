import { asEpoch } from '@feedmill/core/brand';
import {
  type RegionNode,
  type RegionRole,
  readRegister,
  registerOf,
} from '@feedmill/core/region/region-role';
import { granted, nextStep, type RegionStep } from '@feedmill/core/region/region-steps';
import type { ChangeRequest, Register } from '@feedmill/core/region/register';
import { changeLedger, hear, openLedger } from '@feedmill/core/region/shard-ledger';
import { encodeMessage, encodeRegister } from './encode-world.ts';
import { mutantStep } from './mutant-steps.ts';
import type { Mutant } from './mutants.ts';
import { factsOf, type Move, sorted } from './region-moves.ts';
import {
  type Bounds,
  beginEntry,
  entryCount,
  eventsOf,
  type Message,
  otherSide,
  prefixOf,
  REGIONS,
  type Side,
  sideOf,
  type World,
  withRegion,
} from './world.ts';

const own = (label: string, world: World): Move => ({ label, world, isFault: false });
const fault = (label: string, world: World): Move => ({ label, world, isFault: true });

/** What happens between one region and the witness. */
export function* askMoves(
  world: World,
  side: Side,
  bounds: Bounds,
  mutant: Mutant | undefined,
): Generator<Move> {
  yield* readMoves(world, side);
  const region = world.regions[side];
  const seen = new Set<string>();
  for (const isPeerSilent of [false, true]) {
    for (const isPeerClose of [false, true]) {
      const facts = factsOf(region, isPeerSilent, isPeerClose);
      const step = mutantStep(region.node, facts, mutant) ?? nextStep(region.node, facts);
      if (step === undefined) continue;
      const move = stepMove(world, side, step, bounds);
      if (move === undefined || seen.has(move.label)) continue;
      seen.add(move.label);
      yield move;
    }
  }
  if (region.isHandOverWanted) {
    const given = withRegion(world, side, { isHandOverWanted: false });
    yield own(`${REGIONS[side]} is told to keep the shard`, given);
  } else if (world.switchovers < bounds.switchovers && region.node.role.kind === 'primary') {
    const wanted = withRegion(world, side, { isHandOverWanted: true });
    const switchovers = world.switchovers + 1;
    yield fault(`${REGIONS[side]} is told to hand over`, { ...wanted, switchovers });
  }
}

function* readMoves(world: World, side: Side): Generator<Move> {
  const { node } = world.regions[side];
  const known = registerOf(node);
  const before = world.witness.ledger;
  const ledger = known === undefined ? before : hear(before, REGIONS[side], known);
  const witness = { ...world.witness, ledger };
  if (ledger.doubt !== undefined) {
    if (ledger !== before) yield own(`the witness hears ${REGIONS[side]}`, { ...world, witness });
    return;
  }
  const read = readRegister(node, ledger.register ?? 'none');
  if (read === node && ledger === before) return;
  const isSame = read.role === node.role && read.register === node.register && ledger === before;
  if (!isSame) yield own(`${REGIONS[side]} reads`, { ...become(world, side, read), witness });
}

function stepMove(world: World, side: Side, step: RegionStep, bounds: Bounds): Move | undefined {
  const name = REGIONS[side];
  const { node } = world.regions[side];
  if (step.kind === 'turn') {
    const label = `${name} turns ${step.role.kind}: ${step.role.why}`;
    return own(label, become(world, side, { ...node, role: step.role }));
  }
  const { request } = step;
  if ('epoch' in request.change && request.change.epoch > bounds.epochs) return undefined;
  if ((request.decidedOn?.version ?? 0) >= bounds.versions) return undefined;
  const messages = addMessage(world.messages, { kind: 'request', request }, bounds);
  if (messages === undefined) return undefined;
  return own(`${name} asks to ${request.change.kind}`, {
    ...withRegion(world, side, { isAsking: true }),
    messages,
  });
}

function addMessage(
  messages: readonly Message[],
  message: Message,
  bounds: Bounds,
): readonly Message[] | undefined {
  const code = encodeMessage(message);
  if (messages.some((each) => encodeMessage(each) === code)) return messages;
  return messages.length < bounds.inFlight ? [...messages, message] : undefined;
}

/** A region's new state; whoever becomes primary begins its epoch in its journal. */
function become(world: World, side: Side, node: RegionNode): World {
  const region = world.regions[side];
  const before = region.node.role;
  const { role } = node;
  if (role.kind === 'primary' && !isOf(before, role.epoch)) {
    const log = region.log + beginEntry(role.epoch);
    const begun = { log, epochStart: entryCount(log), confirmed: 0, follows: 0 };
    const flags = { isPeerTold: false, isHandOverWanted: false };
    return withRegion(world, side, { node, ...begun, ...flags, held: role.epoch });
  }
  const isPrimary = role.kind === 'primary' || role.kind === 'handing-over';
  if (isPrimary) return withRegion(world, side, { node });
  const follows = role.kind === 'follower' && role.epoch === region.follows ? region.follows : 0;
  return withRegion(world, side, { node, follows, isHandOverWanted: false });
}

const isOf = (role: RegionRole, epoch: number): boolean =>
  (role.kind === 'primary' || role.kind === 'handing-over') && role.epoch === epoch;

/** What comes of what is on its way: it is lost, or it arrives; and its answer is lost, or not. */
export function* messageMoves(
  world: World,
  bounds: Bounds,
  mutant: Mutant | undefined,
): Generator<Move> {
  for (const message of world.messages) {
    const rest = { ...world, messages: world.messages.filter((each) => each !== message) };
    if (message.kind === 'token') {
      yield own('a token is lost', rest);
      const { follows, node } = world.regions[message.to];
      if (follows !== message.fromEpoch || node.role.kind !== 'follower') continue;
      const taken = granted(node, message.grant, message.register);
      yield own(`${REGIONS[message.to]} takes the token`, become(rest, message.to, taken));
      continue;
    }
    yield own('a request is lost', rest);
    yield* arrivalMoves(rest, message.request, bounds, mutant);
  }
}

function* arrivalMoves(
  rest: World,
  given: ChangeRequest,
  bounds: Bounds,
  mutant: Mutant | undefined,
): Generator<Move> {
  const { ledger: before } = rest.witness;
  const request = mutant === 'no-compare' ? { ...given, decidedOn: before.register } : given;
  const ledger =
    mutant === 'promote-any' && request.change.kind === 'promote' && before.register !== undefined
      ? { ...before, register: { ...before.register, inSync: true } }
      : before;
  const expected = ledger === before ? request : { ...request, decidedOn: ledger.register };
  const changed = changeLedger(ledger, expected);
  if (changed.result.kind === 'refused') return;
  const { register } = changed.result;
  if (register.version > bounds.versions || register.epoch > bounds.epochs) return;
  const world = { ...rest, witness: { ...rest.witness, ledger: changed.ledger } };
  const { kind } = request.change;
  yield own(`${request.region} gets ${kind}, and is not told`, world);
  const side = sideOf(request.region);
  if (!world.regions[side].isAsking) return;
  const { role } = world.regions[side].node;
  const told = become(world, side, granted(world.regions[side].node, request, register));
  yield own(`${request.region} gets ${kind}`, told);
  if (kind !== 'hand-over' || role.kind !== 'handing-over') return;
  const token: Message = {
    kind: 'token',
    to: otherSide(side),
    fromEpoch: role.epoch,
    grant: request,
    register,
  };
  yield own(`${request.region} gets ${kind} and passes it on`, {
    ...told,
    messages: [...told.messages, token],
  });
}

/** People, and a witness that comes back with an old copy of its volume. */
export function* outsideMoves(world: World, bounds: Bounds): Generator<Move> {
  const { witness } = world;
  const { register } = witness.ledger;
  if (world.forces < bounds.forces && register !== undefined) {
    yield* forceMoves(world, register, bounds);
  }
  if (world.restores >= bounds.restores) return;
  if (witness.copy === undefined) {
    if (register !== undefined) {
      const copied = { ...witness, copy: register };
      yield fault('the register is copied', { ...world, witness: copied });
    }
  } else if (encodeRegister(witness.copy) !== encodeRegister(register)) {
    const ledger = openLedger(witness.copy, bounds.areRestoresDeclared);
    const restored = { ...world, witness: { ledger, copy: undefined }, messages: [] };
    yield fault('the copy is restored', { ...restored, restores: world.restores + 1 });
  }
}

function* forceMoves(world: World, before: Register, bounds: Bounds): Generator<Move> {
  const region = before.standby;
  const epoch = asEpoch(before.epoch + 1);
  if (epoch > bounds.epochs || before.version >= bounds.versions) return;
  const request = { region, decidedOn: before, change: { kind: 'force', epoch } } as const;
  const { ledger, result } = changeLedger(world.witness.ledger, request);
  if (result.kind === 'refused') return;
  const { log, synced } = world.regions[sideOf(region)];
  const held = eventsOf(prefixOf(log, synced));
  const lost = Array.from(world.acknowledged)
    .filter((event) => !held.includes(event))
    .join('');
  const forced: World = {
    ...world,
    witness: { ...world.witness, ledger },
    acknowledged: Array.from(world.acknowledged)
      .filter((event) => held.includes(event))
      .join(''),
    givenUp: sorted(world.givenUp + lost),
    forces: world.forces + 1,
  };
  const move = fault(`${region} is made primary by force`, forced);
  if (lost === '' || !before.inSync) yield move;
  else yield { ...move, violation: `force loses ${lost} although the standby was in sync` };
}
