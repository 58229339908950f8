import { asEpoch, type Epoch, type Position } from '../brand.ts';
import { type RegionNode, type RegionRole, readRegister, registerOf } from './region-role.ts';
import type { ChangeRequest, Register } from './register.ts';

/** What a region sees of its journal, of its peer and of the clock. Positions of its journal. */
export interface RegionFacts {
  /** Epoch of the newest synced entry; 0 where there is none. */
  readonly lastEpoch: Epoch;
  /**
   * Newest epoch in which this region, as its volume says, held everything that was acknowledged:
   * as the primary, or because the primary told it so. 0: never, or the volume was lost.
   */
  readonly heldEpoch: Epoch;
  /** Newest entry, synced or not. */
  readonly appended: Position;
  /** Newest synced entry. */
  readonly durable: Position;
  /** Through here the journal was copied from the peer, in this life of the process. */
  readonly copied: Position;
  /** What the standby has confirmed to hold, in this epoch. */
  readonly confirmed: Position;
  /** Entry that began the epoch; only a primary's counts. */
  readonly epochStart: Position;
  /** Through here entries were acknowledged and given to the processors; it never falls. */
  readonly released: Position;
  /**
   * Nothing was heard of the peer for longer than it may be silent; of a standby also: it is there
   * and so far behind that producers would wait for it.
   */
  readonly isPeerSilent: boolean;
  /** The standby is so close that waiting for it does not hold up producers. */
  readonly isPeerClose: boolean;
  /** The standby has noted on its volume that it holds everything, as it was told in this epoch. */
  readonly isPeerTold: boolean;
  /** The standby shall become primary, as planned. */
  readonly isHandOverWanted: boolean;
}

/** What a region should do next, and why. */
export type RegionStep =
  | { readonly kind: 'ask'; readonly request: ChangeRequest; readonly why: string }
  /** A change of its own, which needs nobody. */
  | { readonly kind: 'turn'; readonly role: RegionRole };

/**
 * The next step of a region, or undefined where it has only to go on as it is. An answer to an
 * `ask` may be lost: then the same is asked again, on the register that is read meanwhile.
 */
export function nextStep(node: RegionNode, facts: RegionFacts): RegionStep | undefined {
  const { settings, role } = node;
  const register = registerOf(node);
  if (register === undefined) return firstStep(node, facts);
  switch (role.kind) {
    case 'fenced':
      return register.primary === settings.me ? takeStep(node, register, facts) : undefined;
    case 'follower':
      if (register.primary === settings.me) return takeStep(node, register, facts);
      return promoteStep(node, register, facts);
    case 'primary':
      return role.gate === 'alone' ? aloneStep(role, facts) : mirroredStep(node, register, facts);
    case 'handing-over':
      return handOverStep(node, register, facts);
  }
}

const above = (register: Register | undefined, facts: RegionFacts): Epoch =>
  asEpoch(Math.max(register?.epoch ?? 0, facts.lastEpoch) + 1);

const ask = (
  { settings }: RegionNode,
  register: Register | undefined,
  change: ChangeRequest['change'],
  why: string,
): RegionStep => {
  const request = { region: settings.me, decidedOn: register, change };
  return { kind: 'ask', request, why };
};

function firstStep(node: RegionNode, facts: RegionFacts): RegionStep | undefined {
  const { isFirst, peer } = node.settings;
  if (node.register !== 'none' || !isFirst) return undefined;
  const change = { kind: 'create', epoch: above(undefined, facts), standby: peer } as const;
  return ask(node, undefined, change, 'the shard has no register yet');
}

/** Whether its volume can hold everything that was ever acknowledged, or committed here. */
const mayBePrimary = (register: Register, facts: RegionFacts): boolean =>
  facts.heldEpoch >= register.baseEpoch && facts.durable >= facts.released;

/** Whether the standby holds everything that was acknowledged, so that it may be told so. */
export const holdsEverything = (facts: RegionFacts): boolean =>
  facts.confirmed >= Math.max(facts.released, facts.copied, facts.epochStart);

function takeStep(
  node: RegionNode,
  register: Register,
  facts: RegionFacts,
): RegionStep | undefined {
  if (!mayBePrimary(register, facts)) return undefined;
  const change = { kind: 'take', epoch: above(register, facts) } as const;
  return ask(node, register, change, 'the witness names this region primary');
}

function promoteStep(
  node: RegionNode,
  register: Register,
  facts: RegionFacts,
): RegionStep | undefined {
  if (!facts.isPeerSilent || !register.inSync || !mayBePrimary(register, facts)) return undefined;
  const isAlone = node.settings.standbyLoss === 'Continue';
  const change = { kind: 'promote', epoch: above(register, facts), isAlone } as const;
  return ask(node, register, change, `${register.primary} is silent`);
}

function aloneStep(
  role: Extract<RegionRole, { kind: 'primary' }>,
  { isPeerSilent, isPeerClose }: RegionFacts,
): RegionStep | undefined {
  if (isPeerSilent || !isPeerClose) return undefined;
  return { kind: 'turn', role: { ...role, gate: 'mirrored', why: 'the standby has caught up' } };
}

function mirroredStep(
  node: RegionNode,
  register: Register,
  facts: RegionFacts,
): RegionStep | undefined {
  const { role, settings } = node;
  if (facts.isPeerSilent) {
    if (settings.standbyLoss === 'Stop') return undefined;
    return ask(node, register, { kind: 'go-alone' }, `${settings.peer} is silent`);
  }
  if (!register.inSync) {
    if (!facts.isPeerTold || !holdsEverything(facts)) return undefined;
    return ask(node, register, { kind: 'be-in-sync' }, `${settings.peer} holds everything`);
  }
  if (!facts.isHandOverWanted || role.kind !== 'primary') return undefined;
  const { epoch } = role;
  const why = 'a switchover was asked for';
  return { kind: 'turn', role: { kind: 'handing-over', epoch, why } };
}

function handOverStep(
  node: RegionNode,
  register: Register,
  facts: RegionFacts,
): RegionStep | undefined {
  const { role, settings } = node;
  if (role.kind !== 'handing-over') return undefined;
  const { epoch } = role;
  // Though the request may still arrive, going on is safe: without the standby's confirmation,
  // which the old epoch then no longer gets, nothing is acknowledged.
  if (facts.isPeerSilent || !facts.isHandOverWanted) {
    const why = 'the switchover was given up';
    return { kind: 'turn', role: { kind: 'primary', epoch, gate: 'mirrored', why } };
  }
  const isDrained = facts.appended === facts.durable && facts.durable === facts.confirmed;
  if (!isDrained) return undefined;
  const change = { kind: 'hand-over', epoch: above(register, facts) } as const;
  return ask(node, register, change, `${settings.peer} holds everything`);
}

/**
 * Takes the grant of a request that this very process has made, or that the old primary has made
 * for it (`hand-over`). Whoever has read of it before, or of a later change, must not act on it.
 */
export function granted(
  node: RegionNode,
  { change }: ChangeRequest,
  register: Register,
): RegionNode {
  const { settings } = node;
  const known = registerOf(node);
  if (known !== undefined && register.version <= known.version) return node;
  const next = readRegister(node, register);
  if (register.primary !== settings.me) return next;
  switch (change.kind) {
    case 'create':
    case 'take':
    case 'promote':
    case 'hand-over': {
      const { epoch, inSync } = register;
      const gate = inSync || settings.standbyLoss === 'Stop' ? 'mirrored' : 'alone';
      return { ...next, role: { kind: 'primary', epoch, gate, why: `${change.kind} was granted` } };
    }
    case 'go-alone': {
      if (next.role.kind !== 'primary') return next;
      return { ...next, role: { ...next.role, gate: 'alone', why: 'the witness has noted it' } };
    }
    case 'be-in-sync':
    case 'force':
      return next;
  }
}

/** Through here entries may be acknowledged and processed. */
export function releasable({ role }: RegionNode, facts: RegionFacts): Position {
  const { released, copied, durable, confirmed } = facts;
  const held = Math.max(released, copied, Math.min(durable, confirmed)) as Position;
  switch (role.kind) {
    case 'fenced':
      return released;
    case 'follower':
      return Math.max(released, copied) as Position;
    case 'handing-over':
      return held;
    case 'primary':
      return role.gate === 'mirrored' ? held : (Math.max(released, durable) as Position);
  }
}
