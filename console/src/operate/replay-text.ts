import type { Replay } from '../api/shapes.ts';

/** Speeds that are offered; 0 stands for as fast as it is taken. */
export const SPEEDS = [0.1, 0.5, 1, 2, 10, 60, 100, 1000, 0] as const;

export const speedText = (speed: number): string => (speed === 0 ? 'unpaced' : `${speed} ×`);

/** How much of its range a replay has behind it, 0 to 1. */
export function progressOf({ state, fromNanos, toNanos, positionNanos }: Replay): number {
  if (state === 'done') return 1;
  if (fromNanos === undefined || toNanos === undefined || positionNanos === undefined) return 0;
  if (toNanos <= fromNanos) return 0;
  // Thousandths are enough for a bar, and keep the division exact until then.
  const thousandths = Number(((positionNanos - fromNanos) * 1000n) / (toNanos - fromNanos));
  return Math.min(Math.max(thousandths / 1000, 0), 1);
}
