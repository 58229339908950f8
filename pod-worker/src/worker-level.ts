import { WorkerLevel } from '@feedmill/proto/feedmill/v1/control_pb';
import type { WorkerLimits } from './limits.ts';

/** What the level follows from. */
export interface LevelInputs {
  readonly sinkLagMs: number;
  readonly breakerOpen: boolean;
  readonly isFull: boolean;
}

/** The level that a worker is on; see docs/operating.md for what each means. */
export function workerLevel(
  inputs: LevelInputs,
  limits: Pick<WorkerLimits, 'laggingMs'>,
): WorkerLevel {
  if (inputs.isFull) return WorkerLevel.FULL;
  if (inputs.breakerOpen) return WorkerLevel.SPILLING;
  if (inputs.sinkLagMs >= limits.laggingMs) return WorkerLevel.LAGGING;
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
  readonly #resumeBytes: number;
  #isFull = false;

  constructor(bytesMax: number, limits: Pick<WorkerLimits, 'journalResumeShare'>) {
    this.#bytesMax = bytesMax;
    this.#resumeBytes = bytesMax * limits.journalResumeShare;
  }

  update(occupiedBytes: number, volumeIsFull: boolean): boolean {
    if (volumeIsFull || occupiedBytes > this.#bytesMax) this.#isFull = true;
    else if (occupiedBytes <= this.#resumeBytes) this.#isFull = false;
    return this.#isFull;
  }
}
