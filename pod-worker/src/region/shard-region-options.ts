import type { Clock } from '@feedmill/core/clock';
import type { FeedmillError } from '@feedmill/core/errors';
import type { RegionSettings } from '@feedmill/core/region/region-role';
import type { Journal } from '../journal/journal.ts';
import type { WorkerLimits } from '../limits.ts';
import type { WorkerLog } from '../worker-deps.ts';
import type { RegionFile } from './region-file.ts';
import type { RegionHost, RegionTimers } from './region-host.ts';
import type { RegionLinks } from './region-links.ts';
import type { ReleaseGate } from './release-gate.ts';

export interface ShardRegionOptions {
  readonly clusterId: string;
  readonly shard: number;
  readonly settings: RegionSettings;
  readonly timers: RegionTimers;
  readonly clock: Clock;
  readonly limits: WorkerLimits;
  readonly journal: Journal;
  readonly gate: ReleaseGate;
  readonly file: RegionFile;
  readonly links: RegionLinks;
  readonly host: RegionHost;
  readonly isCompressed: boolean;
  readonly bytesPerSecondMax: number;
  readonly fail: (error: FeedmillError) => void;
  readonly log: WorkerLog;
}
