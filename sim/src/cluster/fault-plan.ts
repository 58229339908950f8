import type { Chance } from '../kernel/chance.ts';
import type { ClusterOptions } from './cluster-options.ts';

/** Everything that may go wrong. */
export const FAULT_KINDS = [
  'kill worker',
  'power cut of worker',
  'pause worker',
  'stop worker',
  'kill producer',
  'power cut of producer',
  'pause producer',
  'stop producer',
  'kill supervisor',
  'rebind',
  'crash Postgres',
  'slow Postgres',
  'pause Postgres',
  'end session',
  'trouble in Postgres',
  'lose commit reply',
  'no connections left',
  'partition',
  'one-way partition',
  'isolate machine',
  'swizzle clog',
  'reset connections',
  'slow network',
  'slow disk',
  'full disk',
  'sync error',
  'misdirected write',
  'bit rot',
  'clock jump',
  'lost checkpoint',
  'zombie worker',
  'copied producer',
  'old snapshot',
  'lost volume',
  'swapped volumes',
] as const;

/** What goes wrong only where there are two regions. */
const REGION_FAULT_KINDS = [
  'lose region',
  'cut off region',
  'cut sites',
  'one-way cut of sites',
  'kill witness',
  'power cut of witness',
  'pause witness',
  'switch over',
] as const;

export type RegionFaultKind = (typeof REGION_FAULT_KINDS)[number];
export type FaultKind = (typeof FAULT_KINDS)[number] | RegionFaultKind;

/** What is not tried with two regions: there it takes a person, or other rules hold. */
const OF_ONE_REGION: ReadonlySet<FaultKind> = new Set([
  'rebind',
  'full disk',
  'misdirected write',
  'bit rot',
  'zombie worker',
  'copied producer',
  'old snapshot',
  'lost volume',
  'swapped volumes',
]);

/** What may go wrong in two regions. */
const PAIR_FAULT_KINDS: readonly FaultKind[] = [...REGION_FAULT_KINDS, ...FAULT_KINDS].filter(
  (kind) => !OF_ONE_REGION.has(kind),
);

/** One thing that goes wrong at a moment, and for how long. */
export interface PlannedFault {
  /** Its number in the seed's plan, by which it can be left out. */
  readonly id: number;
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly durationMs: number;
  /** Draws of its own: who is hit, and how hard. */
  readonly draw: number;
}

/** What is beyond repair without a second copy is tried on its own, and seldom. */
const RARE: ReadonlySet<FaultKind> = new Set([
  'misdirected write',
  'bit rot',
  'old snapshot',
  'lost volume',
]);

/** How many are followed by another one that hits the same, and after how long, ms. */
const AGAIN_SHARE = 0.3;
const AGAIN_MS = 300;

/** Draws what goes wrong: not everything in every seed, so that some faults meet others often. */
export function planFaults(
  chance: Chance,
  { faultsMs, regions }: Pick<ClusterOptions, 'faultsMs' | 'regions'>,
): PlannedFault[] {
  const possible = regions === undefined ? FAULT_KINDS : PAIR_FAULT_KINDS;
  const kinds = possible.filter((kind) => chance.hit(RARE.has(kind) ? 0.05 : 0.4));
  if (kinds.length === 0) return [];
  const count = chance.int(1, Math.ceil(faultsMs / 800));
  const faults: Omit<PlannedFault, 'id'>[] = [];
  for (let each = 0; each < count; each += 1) {
    const fault = {
      kind: chance.pick(kinds),
      atMs: chance.between(0, faultsMs),
      durationMs: chance.hit(0.15) ? chance.between(2_000, 20_000) : chance.exponential(1_200),
      draw: chance.int(0, 0x7fff_ffff),
    };
    faults.push(fault);
    // What is recovering is hit again: by the same draw it is the same that is hit.
    if (!chance.hit(AGAIN_SHARE)) continue;
    const atMs = Math.min(faultsMs, fault.atMs + chance.exponential(AGAIN_MS));
    faults.push({ ...fault, kind: chance.pick(kinds), atMs });
  }
  return faults
    .sort((one, other) => one.atMs - other.atMs)
    .map((fault, index) => ({ ...fault, id: index + 1 }));
}
