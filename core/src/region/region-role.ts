import type { Epoch } from '../brand.ts';
import type { RegionName, Register } from './register.ts';

/** What a primary's acknowledgements wait for. */
export type Gate =
  /** Both regions hold the entry. */
  | 'mirrored'
  /** Its own journal has it: the witness has written that the standby may not take over. */
  | 'alone';

/** What one region's worker is to its shard. Every state carries why it was entered. */
export type RegionRole =
  /** May accept, acknowledge and process nothing. So every process begins. */
  | { readonly kind: 'fenced'; readonly why: string }
  /** Copies the journal of the primary of this epoch, or tries to. */
  | { readonly kind: 'follower'; readonly epoch: Epoch; readonly why: string }
  /** Accepts events. */
  | { readonly kind: 'primary'; readonly epoch: Epoch; readonly gate: Gate; readonly why: string }
  /** Accepts nothing more; hands its shard over as soon as the standby holds everything. */
  | { readonly kind: 'handing-over'; readonly epoch: Epoch; readonly why: string };

/** Whether acknowledging alone is allowed when the standby is lost, or nothing at all. */
export type StandbyLoss = 'Continue' | 'Stop';

export interface RegionSettings {
  readonly me: RegionName;
  readonly peer: RegionName;
  readonly standbyLoss: StandbyLoss;
  /** Whether it begins as primary where the shard has no register yet. */
  readonly isFirst: boolean;
}

/** What a region knows of its shard's ownership. */
export interface RegionNode {
  readonly settings: RegionSettings;
  /**
   * The newest register it has read, on its volume before it is acted on; `none`: the witness says
   * that there is none; undefined: not asked yet.
   */
  readonly register: Register | 'none' | undefined;
  readonly role: RegionRole;
}

export const registerOf = ({ register }: RegionNode): Register | undefined =>
  register === 'none' ? undefined : register;

/** A region's worker that has just started, with the register that it finds on its volume. */
export function startNode(settings: RegionSettings, known: Register | undefined): RegionNode {
  const role: RegionRole = { kind: 'fenced', why: 'started; the witness is not asked yet' };
  return { settings, register: known, role };
}

/**
 * Takes over what the witness says when it is only read. Being named primary there is not enough to
 * be it: a new epoch has to be taken first, since an earlier life may have used this one.
 */
export function readRegister(node: RegionNode, read: Register | 'none'): RegionNode {
  const known = registerOf(node);
  if (read === 'none') return known === undefined ? { ...node, register: 'none' } : node;
  if (known !== undefined && read.version < known.version) return node;
  // One that is fenced finds what it knew already confirmed, and may follow.
  if (known?.version === read.version && node.role.kind !== 'fenced') return node;
  return { ...node, register: read, role: roleAfterReading(node, read) };
}

function roleAfterReading({ settings, role }: RegionNode, read: Register): RegionRole {
  const { me } = settings;
  const isStill = 'epoch' in role && read.primary === me && read.epoch === role.epoch;
  switch (role.kind) {
    case 'primary':
      if (!isStill) return replacedBy(read, role.epoch);
      // Whoever may be replaced must not acknowledge alone, however that came about.
      if (!read.inSync || role.gate === 'mirrored') return role;
      return { ...role, gate: 'mirrored', why: 'the register says that the standby is in sync' };
    case 'handing-over':
      return isStill ? role : replacedBy(read, role.epoch);
    case 'follower':
    case 'fenced':
      if (read.primary === me) return role;
      if (role.kind === 'follower' && role.epoch === read.epoch) return role;
      return { kind: 'follower', epoch: read.epoch, why: `${read.primary} is primary` };
  }
}

const replacedBy = ({ epoch, primary }: Register, ours: Epoch): RegionRole => ({
  kind: 'fenced',
  why: `epoch ${ours} was replaced by epoch ${epoch} of ${primary}`,
});
