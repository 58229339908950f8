import { WorkerLevel } from '@feedmill/proto/feedmill/v1/control_pb';
import { LIMITS } from './limits.ts';

/** What the level follows from. */
export interface LevelInputs {
  readonly sinkLagMs: number;
  readonly breakerOpen: boolean;
  readonly isFull: boolean;
}

/** The level that a worker is on; see docs/operating.md for what each means. */
export function workerLevel(inputs: LevelInputs): WorkerLevel {
  if (inputs.isFull) return WorkerLevel.FULL;
  if (inputs.breakerOpen) return WorkerLevel.SPILLING;
  if (inputs.sinkLagMs >= LIMITS.laggingMs) return WorkerLevel.LAGGING;
  return WorkerLevel.NORMAL;
}

export const LEVEL_NAMES: Readonly<Record<WorkerLevel, string>> = {
  [WorkerLevel.UNSPECIFIED]: 'starting',
  [WorkerLevel.NORMAL]: 'normal',
  [WorkerLevel.LAGGING]: 'lagging',
  [WorkerLevel.SPILLING]: 'spilling',
  [WorkerLevel.FULL]: 'full',
};

/**
 * Whether the journal's budget is used up. It stays full until a tenth is free again, so that the
 * level does not flicker.
 */
export class FullnessGauge {
  readonly #bytesMax: number;
  #isFull = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  update(occupiedBytes: number, volumeIsFull: boolean): boolean {
    if (volumeIsFull || occupiedBytes > this.#bytesMax) this.#isFull = true;
    else if (occupiedBytes <= this.#bytesMax * LIMITS.journalResumeShare) this.#isFull = false;
    return this.#isFull;
  }
}
