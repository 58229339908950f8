import { envName } from '@feedmill/core/process-config';
import type { StreamClusterSpec } from '../api/stream-cluster.ts';
import { WORKER_SETTING_GROUPS, type WorkerSettings } from '../api/worker-settings.ts';
import { clusterLabels, settingsMap } from '../names.ts';
import type { ConfigMap, StreamCluster } from '../objects.ts';
import { bytesOf } from '../quantity.ts';

/** What the journal takes of its volume; the rest is for the checkpoint and the file system. */
const JOURNAL_SHARE = 0.8;

const clusterIdOf = ({ metadata, spec }: StreamCluster): string =>
  spec.clusterId ?? `${metadata.namespace}/${metadata.name}`;

/**
 * The environment that all workers of a cluster share, beside what is secret.
 *
 * @param volumeBytes what every journal's volume has; undefined: what spec wants
 */
export function buildSettings(cluster: StreamCluster, volumeBytes?: number): ConfigMap {
  const { name, namespace = '' } = cluster.metadata;
  return {
    metadata: { name: settingsMap(name), namespace, labels: clusterLabels(name) },
    data: {
      [envName('clusterId')]: clusterIdOf(cluster),
      [envName('journalBytesMax')]: String(journalBytes(cluster.spec, volumeBytes)),
      ...environmentOf(cluster.spec.processing),
      ...environmentOf(picked(cluster.spec.ingest, WORKER_SETTING_GROUPS.ingest)),
      ...environmentOf(picked(cluster.spec.journal, WORKER_SETTING_GROUPS.journal)),
      ...environmentOf(regionSettings(cluster.spec)),
    },
  };
}

const journalBytes = ({ journal }: StreamClusterSpec, volumeBytes = Infinity): number =>
  Math.floor(Math.min(bytesOf(journal.size) ?? 0, volumeBytes) * JOURNAL_SHARE);

function regionSettings({ region }: StreamClusterSpec): WorkerSettings {
  if (region === undefined) return {};
  const { name, peerRegion, witness } = region;
  return { region: name, peerRegion, witness, ...picked(region, WORKER_SETTING_GROUPS.region) };
}

const picked = (settings: WorkerSettings, names: readonly string[]): WorkerSettings =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => names.includes(name)));

function environmentOf(settings: WorkerSettings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [envName(name), String(value)]),
  );
}
