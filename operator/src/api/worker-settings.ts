/**
 * Where the settings of a worker stand in a StreamCluster. Every other one that `pod-worker` has is
 * part of `spec.processing`, under its own name.
 */
export const WORKER_SETTING_GROUPS = {
  ingest: ['batchBytesMax'],
  journal: ['segmentBytes', 'checkpointIntervalMs'],
  region: [
    'firstRegion',
    'standbyLoss',
    'heartbeatMs',
    'suspectAfterMs',
    'takeoverAfterMs',
    'replicationCompression',
    'replicationBytesPerSecondMax',
  ],
} as const;

/** What the operator itself gives each worker. */
export const OPERATOR_SETTINGS = [
  'shard',
  'dir',
  'postgres',
  'clusterId',
  'listen',
  'http',
  'journalBytesMax',
  'alertWebhookSecret',
  'region',
  'peerRegion',
  'peer',
  'witness',
  'tlsCertificate',
  'tlsKey',
] as const;

/** A setting as it stands in an object; its name is that of the worker's own. */
export type WorkerSettings = Readonly<Record<string, string | number | boolean>>;
