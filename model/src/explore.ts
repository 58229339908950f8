import { asEpoch } from '@feedmill/core/brand';
import type { RegionRole, RegionSettings } from '@feedmill/core/region/region-role';
import type { Register } from '@feedmill/core/region/register';
import { encodeWorld } from './encode-world.ts';
import { brokenInvariant } from './invariants.ts';
import type { Mutant } from './mutants.ts';
import { normalForm } from './normal-form.ts';
import { type Move, regionMoves } from './region-moves.ts';
import { askMoves, messageMoves, outsideMoves } from './witness-moves.ts';
import { type Bounds, beginEntry, REGIONS, type Region, type Side, type World } from './world.ts';

export type Verdict =
  | { readonly kind: 'holds'; readonly states: number }
  | {
      readonly kind: 'broken';
      readonly why: string;
      readonly states: number;
      /** What happened, from the beginning. */
      readonly trace: readonly string[];
    };

const FIRST: Register = {
  version: 1,
  epoch: asEpoch(1),
  primary: REGIONS[0],
  standby: REGIONS[1],
  inSync: true,
  baseEpoch: asEpoch(1),
  forcedEpoch: asEpoch(0),
};

/** Both regions run, the standby is in sync, and nothing was sent yet. */
function firstWorld({ standbyLoss }: Bounds): World {
  const log = beginEntry(1);
  const regionOf = (side: Side, role: RegionRole): Region => {
    const [me, peer] = side === 0 ? REGIONS : ([REGIONS[1], REGIONS[0]] as const);
    const settings: RegionSettings = { me, peer, standbyLoss, isFirst: side === 0 };
    const held = { log, synced: 1, rows: '', released: 1, copied: side, confirmed: 1 - side };
    const stream = { epochStart: 1 - side, follows: side, told: side, toldEpoch: side };
    const node = { settings, register: FIRST, role };
    const flags = { isPeerTold: side === 0, isHandOverWanted: false, isAsking: false };
    return { node, ...held, ...stream, held: 1, ...flags };
  };
  const epoch = asEpoch(1);
  return {
    regions: [
      regionOf(0, { kind: 'primary', epoch, gate: 'mirrored', why: '' }),
      regionOf(1, { kind: 'follower', epoch, why: '' }),
    ],
    witness: { ledger: { register: FIRST, doubt: undefined }, copy: undefined },
    messages: [],
    nextEvent: 0,
    acknowledged: '',
    givenUp: '',
    crashes: 0,
    lostVolumes: 0,
    switchovers: 0,
    forces: 0,
    restores: 0,
  };
}

function* movesOf(world: World, bounds: Bounds, mutant: Mutant | undefined): Generator<Move> {
  for (const side of [0, 1] as const) {
    yield* regionMoves(world, side, bounds, mutant);
    yield* askMoves(world, side, bounds, mutant);
  }
  yield* messageMoves(world, bounds, mutant);
  yield* outsideMoves(world, bounds);
}

/** Visits every world that can be reached within the bounds, the nearest first. */
export function explore(
  bounds: Bounds,
  mutant: Mutant | undefined,
  onProgress: (states: number, waiting: number) => void = () => undefined,
): Verdict {
  const first = firstWorld(bounds);
  const seen = new Set([encodeWorld(first)]);
  const parents: number[] = [-1];
  const labels: string[] = ['all runs'];
  let wave: { readonly world: World; readonly index: number }[] = [{ world: first, index: 0 }];
  const broken = (why: string, parent: number, label: string): Verdict => {
    const trace = [label];
    for (let index = parent; index >= 0; index = parents[index] ?? -1) {
      trace.push(labels[index] ?? '');
    }
    return { kind: 'broken', why, states: seen.size, trace: trace.reverse() };
  };
  while (wave.length > 0) {
    const next: typeof wave = [];
    for (const { world, index } of wave) {
      for (const move of movesOf(world, bounds, mutant)) {
        if (move.violation !== undefined) return broken(move.violation, index, move.label);
        const reached = normalForm(move.world, bounds, mutant);
        const code = encodeWorld(reached);
        if (seen.has(code)) continue;
        seen.add(code);
        const why = brokenInvariant(reached);
        if (why !== undefined) return broken(why, index, move.label);
        next.push({ world: reached, index: parents.length });
        parents.push(index);
        labels.push(move.label);
        if (seen.size % 500_000 === 0) onProgress(seen.size, next.length);
      }
    }
    wave = next;
  }
  return { kind: 'holds', states: seen.size };
}
