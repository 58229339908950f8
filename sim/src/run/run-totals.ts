/** What many seeds came to, as `npm run sim -- --json` prints it last. */
export interface RunTotals {
  readonly from: number;
  /** In how many regions the clusters lived. */
  readonly regions: number;
  readonly seeds: number;
  readonly simulatedMs: number;
  readonly events: number;
  readonly faults: number;
  readonly failed: number;
  readonly wallMs: number;
}

const MS_PER_SECOND = 1000;
const MS_PER_MINUTE = 60_000;

/** How much virtual time went by in a minute of real time. */
export const simulatedSecondsPerMinute = (simulatedMs: number, wallMs: number): number =>
  simulatedMs / MS_PER_SECOND / (wallMs / MS_PER_MINUTE);
