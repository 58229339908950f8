import type { WorkerAddresses } from '@feedmill/producer/sdk/locator';
import type { AskedPair } from '../regions/pair-waiting.ts';
import type { Side } from '../regions/side.ts';
import type { DrillName } from './drill-kinds.ts';

/** Two regions and a witness: where a drill happens, and what can fail there. */
export interface DrillScene extends AskedPair {
  /** Where producers reach the workers of each region. */
  readonly fronts: Readonly<Record<Side, WorkerAddresses>>;
  /** Of east, and of west. */
  readonly postgresUrls: readonly [string, string];
  start(signal: AbortSignal): Promise<void>;
  /** @param primary region that accepts events now */
  begin(drill: DrillName, primary: Side): Promise<void>;
  heal(drill: DrillName, primary: Side, signal: AbortSignal): Promise<void>;
  /** Nothing is cut off or stopped any more, whatever was going on. */
  release(): Promise<void>;
  close(): Promise<void>;
}

/** How one scene does a drill. */
export interface Fault {
  begin(primary: Side): Promise<void>;
  heal(primary: Side, signal: AbortSignal): Promise<void>;
}
