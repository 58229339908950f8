import { FeedmillError } from '@feedmill/core/errors';
import type { RegionSettings } from '@feedmill/core/region/region-role';
import type { WorkerConfig } from '../config.ts';
import type { RegionTimers } from './region-host.ts';

/** Settings of a worker whose shard lives in one region. */
export const ONE_REGION = {
  region: '',
  peerRegion: '',
  peer: '',
  witness: '',
  firstRegion: false,
  standbyLoss: 'Continue',
  heartbeatMs: 150,
  suspectAfterMs: 450,
  takeoverAfterMs: 600,
  replicationCompression: true,
  replicationBytesPerSecondMax: 0,
} as const satisfies Partial<WorkerConfig>;

/** Whether the shard lives in two regions. */
export const hasRegions = ({ region }: WorkerConfig): boolean => region !== '';

/**
 * Looks that what two regions need is there together.
 *
 * @throws FeedmillError CONFIG_INVALID naming what is missing or does not fit
 */
export function checkRegionConfig(config: WorkerConfig): void {
  const { region, peerRegion, peer, witness } = config;
  const given = { '--peer-region': peerRegion, '--peer': peer, '--witness': witness };
  const missing = Object.entries(given).filter(([, value]) => value === '');
  const isAlone = region === '';
  if (isAlone && missing.length < 3) {
    throw new FeedmillError('CONFIG_INVALID', '--region is missing: two regions have names.');
  }
  if (isAlone) return;
  if (missing.length > 0) {
    const flags = missing.map(([flag]) => flag).join(', ');
    throw new FeedmillError('CONFIG_INVALID', `--region ${region} needs ${flags}, too.`);
  }
  if (region === peerRegion) {
    throw new FeedmillError('CONFIG_INVALID', `Both regions are called ${region}; name them.`);
  }
  const { heartbeatMs, suspectAfterMs, takeoverAfterMs } = config;
  if (heartbeatMs * 2 > suspectAfterMs || suspectAfterMs > takeoverAfterMs) {
    throw new FeedmillError(
      'CONFIG_INVALID',
      `--heartbeat-ms ${heartbeatMs}, --suspect-after-ms ${suspectAfterMs} and ` +
        `--takeover-after-ms ${takeoverAfterMs} do not fit: suspicion needs two heartbeats, and ` +
        'comes before a takeover.',
    );
  }
}

export const regionSettings = (config: WorkerConfig): RegionSettings => ({
  me: config.region,
  peer: config.peerRegion,
  standbyLoss: config.standbyLoss,
  isFirst: config.firstRegion,
});

export const regionTimers = (config: WorkerConfig): RegionTimers => ({
  heartbeatMs: config.heartbeatMs,
  suspectAfterMs: config.suspectAfterMs,
  takeoverAfterMs: config.takeoverAfterMs,
});
