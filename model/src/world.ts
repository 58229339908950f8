import type { RegionNode, StandbyLoss } from '@feedmill/core/region/region-role';
import type { ChangeRequest, RegionName, Register } from '@feedmill/core/region/register';
import type { ShardLedger } from '@feedmill/core/region/shard-ledger';

/** The two regions; `a` is primary at first. */
export const REGIONS = ['a', 'b'] as const;
export type Side = 0 | 1;
export const sideOf = (name: RegionName): Side => (name === REGIONS[0] ? 0 : 1);
export const otherSide = (side: Side): Side => (side === 0 ? 1 : 0);

/** How much may happen. The number of reachable states grows tenfold with each. */
export interface Bounds {
  readonly events: number;
  readonly epochs: number;
  readonly versions: number;
  /** Requests to the witness that are on their way at a time. */
  readonly inFlight: number;
  readonly crashes: number;
  /** Journals that are lost with their volume. */
  readonly lostVolumes: number;
  /** Planned switchovers asked for, and switchovers by force. */
  readonly switchovers: number;
  readonly forces: number;
  /** Times that the witness comes back with an old copy of its register. */
  readonly restores: number;
  /** Whether it is told so. */
  readonly areRestoresDeclared: boolean;
  readonly standbyLoss: StandbyLoss;
}

/**
 * One region's worker, its journal and its Postgres. A journal is text, two characters an entry:
 * the epoch that wrote it, and the event (`x`, `y`, `z`) or `.` for the entry that begins an epoch.
 */
export interface Region {
  readonly node: RegionNode;
  readonly log: string;
  /** Entries that survive a crash. */
  readonly synced: number;
  /** Entries that are committed in its Postgres. */
  readonly rows: string;
  readonly released: number;
  readonly copied: number;
  readonly confirmed: number;
  readonly epochStart: number;
  /** Epoch of the primary whose journal it is copying; 0: none, it has to ask where they agree. */
  readonly follows: number;
  /** What it told the primary of which epoch that it holds; on its way perhaps for long. */
  readonly told: number;
  readonly toldEpoch: number;
  /** What its volume says: newest epoch in which it held everything. */
  readonly held: number;
  /** Whether, as primary, it has told the standby that it holds everything. */
  readonly isPeerTold: boolean;
  readonly isHandOverWanted: boolean;
  /** Whether the request on its way is of this life of the process, which hears the answer. */
  readonly isAsking: boolean;
}

/** What is on its way to somebody. */
export type Message =
  | { readonly kind: 'request'; readonly request: ChangeRequest }
  /** The old primary tells the new one that the register names it. */
  | {
      readonly kind: 'token';
      readonly to: Side;
      /** Epoch of the stream that it is sent on. */
      readonly fromEpoch: number;
      readonly grant: ChangeRequest;
      readonly register: Register;
    };

export interface Witness {
  readonly ledger: ShardLedger;
  /** An older register that a copy was made of. */
  readonly copy: Register | undefined;
}

export interface World {
  readonly regions: readonly [Region, Region];
  readonly witness: Witness;
  readonly messages: readonly Message[];
  readonly nextEvent: number;
  /** Events that a producer was told are durable. */
  readonly acknowledged: string;
  /** Acknowledged, and given up by force. */
  readonly givenUp: string;
  readonly crashes: number;
  readonly lostVolumes: number;
  readonly switchovers: number;
  readonly forces: number;
  readonly restores: number;
}

const ENTRY_CHARS = 2;
const EVENT_NAMES = 'xyzuvw';

export const entryCount = (log: string): number => log.length / ENTRY_CHARS;
export const prefixOf = (log: string, entries: number): string =>
  log.slice(0, entries * ENTRY_CHARS);
export const entryAt = (log: string, position: number): string =>
  log.slice((position - 1) * ENTRY_CHARS, position * ENTRY_CHARS);
export const beginEntry = (epoch: number): string => `${epoch}.`;
export const eventEntry = (epoch: number, event: number): string => `${epoch}${EVENT_NAMES[event]}`;

/** The events of a journal, in its order. */
export const eventsOf = (log: string): string => log.replace(/[0-9.]/g, '');

/** How many entries two journals have in common from their beginning. */
export function commonEntries(one: string, other: string): number {
  const most = Math.min(entryCount(one), entryCount(other));
  let common = 0;
  while (common < most && entryAt(one, common + 1) === entryAt(other, common + 1)) common += 1;
  return common;
}

export function withRegion(world: World, side: Side, change: Partial<Region>): World {
  const changed = { ...world.regions[side], ...change };
  const regions: World['regions'] =
    side === 0 ? [changed, world.regions[1]] : [world.regions[0], changed];
  return { ...world, regions };
}
