import type { Mutant } from './mutants.ts';
import type { Bounds } from './world.ts';

const NOTHING: Bounds = {
  events: 1,
  epochs: 2,
  versions: 4,
  inFlight: 1,
  crashes: 0,
  lostVolumes: 0,
  switchovers: 0,
  forces: 0,
  restores: 0,
  areRestoresDeclared: true,
  standbyLoss: 'Continue',
};

export const boundsOf = (change: Partial<Bounds>): Bounds => ({ ...NOTHING, ...change });

/** What must hold, each in seconds to a minute: one thing that happens at a time. */
export const CHECKS: Readonly<Record<string, Bounds>> = {
  'two events': boundsOf({ events: 2 }),
  'three epochs': boundsOf({ epochs: 3 }),
  'a crash': boundsOf({ crashes: 1 }),
  'a crash, without going on alone': boundsOf({ crashes: 1, standbyLoss: 'Stop' }),
  'both regions crash, without going on alone': boundsOf({ crashes: 2, standbyLoss: 'Stop' }),
  'a planned switchover': boundsOf({ switchovers: 1 }),
  'a switchover by force': boundsOf({ forces: 1, epochs: 3 }),
  'a volume that is lost': boundsOf({ lostVolumes: 1 }),
  'a witness restored from an old copy': boundsOf({ restores: 1 }),
};

/** Where each mutant is found out. */
export const MUTANT_CHECKS: Readonly<Record<Mutant, Bounds>> = {
  'ack-alone': boundsOf({}),
  'alone-by-read': boundsOf({}),
  'confirm-unsynced': boundsOf({}),
  'copied-after-restart': boundsOf({ crashes: 1 }),
  'cut-nothing': boundsOf({}),
  'in-sync-early': boundsOf({}),
  'no-compare': boundsOf({ inFlight: 2, versions: 5 }),
  'promote-any': boundsOf({}),
  'same-epoch': boundsOf({ crashes: 1 }),
  'ship-unsynced': boundsOf({ crashes: 1 }),
  'sink-ahead': boundsOf({}),
  'stale-volume': boundsOf({ lostVolumes: 1 }),
};
