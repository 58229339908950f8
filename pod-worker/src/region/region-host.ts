import type { Epoch, Position } from '@feedmill/core/brand';
import type { Refusal } from '../ingest/refusal.ts';
import type { WrittenEntry } from '../journal/group-commit.ts';
import type { Released } from './release-gate.ts';

/** How long things may take, ms. */
export interface RegionTimers {
  /** Between two signs of life to the other region, and to the witness. */
  readonly heartbeatMs: number;
  /** Silence of the other region that makes it suspect. */
  readonly suspectAfterMs: number;
  /** Without a sign of life from anybody, a primary acknowledges nothing after this. */
  readonly takeoverAfterMs: number;
}

/** The rest of the worker, as its region drives it. */
export interface RegionHost {
  /** Processed through here; what lies before can no longer be cut. */
  readonly processedPosition: Position;
  /** This region begins an epoch: appends its first entry, and lets nobody in yet. */
  beginEpoch(epoch: Epoch): Position;
  /** Who may publish: undefined lets producers in, otherwise they are sent away so. */
  setDoor(refusal: Refusal | undefined): void;
  /** Entries may be acknowledged, shown and processed. */
  release(released: Released): void;
  /** Entries of the other region are in the journal. */
  onCopied(written: readonly WrittenEntry[]): void;
  /** The journal was cut back: what is known of producers is made anew. */
  onCut(): Promise<void>;
}
