import { loadConfig } from '@feedmill/core/process-config';
import Type, { type Static } from 'typebox';
import { LIMITS } from './limits.ts';

const HOST_PORT = '^[^:]+:[0-9]+$';

/** Configuration of a worker. Flags, environment and the reference page follow from it. */
export const WorkerConfigSchema = Type.Object({
  shard: Type.Integer({
    minimum: 0,
    maximum: 4095,
    description: 'Number of the shard; on Kubernetes the ordinal of the pod.',
  }),
  dir: Type.String({
    minLength: 1,
    description: "The shard's volume: journal, checkpoint and bindings live here.",
  }),
  postgres: Type.String({
    pattern: '^postgres(ql)?://',
    description: 'Connection URL of the Postgres that the shard commits to.',
  }),
  clusterId: Type.String({
    minLength: 1,
    description: 'Identity of the cluster; a volume or database of another one is refused.',
  }),
  listen: Type.String({
    pattern: HOST_PORT,
    default: '127.0.0.1:0',
    description: 'host:port of the gRPC server; port 0 takes a free one.',
  }),
  http: Type.String({
    pattern: HOST_PORT,
    default: '127.0.0.1:0',
    description: 'host:port of /metrics, /livez and /readyz.',
  }),
  tlsCertificate: Type.String({
    default: '',
    description:
      'File with the certificate chain of the gRPC server, PEM; empty serves without TLS. A ' +
      'renewed one counts without a restart.',
  }),
  tlsKey: Type.String({ default: '', description: 'File with the private key, PEM.' }),
  logLevel: Type.Union(
    [
      Type.Literal('trace'),
      Type.Literal('debug'),
      Type.Literal('info'),
      Type.Literal('warn'),
      Type.Literal('error'),
    ],
    { default: 'info', description: 'Least severe level that is logged.' },
  ),
  batchBytesMax: Type.Integer({
    minimum: 1024,
    maximum: LIMITS.bytesInFlightMax,
    default: LIMITS.batchBytesMaxDefault,
    description: 'Largest serialized batch that is accepted, in bytes.',
  }),
  journalBytesMax: Type.Integer({
    minimum: 0,
    default: 0,
    description: 'Disk budget of the journal in bytes; 0 takes 80 % of the volume.',
  }),
  segmentBytes: Type.Integer({
    minimum: 16 * 1024 * 1024,
    default: LIMITS.segmentBytes,
    description: 'Size of a journal segment in bytes.',
  }),
  storeBookDeltas: Type.Boolean({
    default: false,
    description: 'Whether book changes and snapshots are kept as rows.',
  }),
  allowedLatenessMs: Type.Integer({
    minimum: 0,
    maximum: 600_000,
    default: 5_000,
    description: 'How long after its end, in event time, a bar is still revised.',
  }),
  quoteAgeMaxMs: Type.Integer({
    minimum: 100,
    default: 600_000,
    description: 'How long a quote counts for the best bid and offer that is not renewed.',
  }),
  feedSilenceMaxMs: Type.Integer({
    minimum: 100,
    default: 10_000,
    description: "How long a feed's quotes count while nothing at all comes of it.",
  }),
  sentimentModel: Type.String({
    minLength: 1,
    default: 'builtin',
    description:
      'What scores news: builtin, off, a folder with model.json and weights.bin, or a module ' +
      'that exports sentimentModel.',
  }),
  alertWebhookUrl: Type.String({
    pattern: '^(https?://.+)?$',
    default: '',
    description: 'Where alerts are posted to; without it they are only kept.',
  }),
  alertWebhookSecret: Type.String({
    default: '',
    description: 'What alerts are signed with: whsec_ and 24 to 64 bytes in base64.',
  }),
  checkpointIntervalMs: Type.Integer({
    minimum: 100,
    default: LIMITS.checkpointIntervalMs,
    description: 'How often the state of the processors is saved.',
  }),
  region: Type.String({
    pattern: '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$',
    default: '',
    description: 'Name of the region that this worker is in; empty: the shard lives in one.',
  }),
  peerRegion: Type.String({ default: '', description: 'Name of the other region.' }),
  peer: Type.String({
    default: '',
    description: "host:port of the same shard's worker in the other region.",
  }),
  witness: Type.String({ default: '', description: 'host:port of the witness.' }),
  firstRegion: Type.Boolean({
    default: false,
    description: 'Begin as primary where the witness does not know the shard yet.',
  }),
  standbyLoss: Type.Union([Type.Literal('Continue'), Type.Literal('Stop')], {
    default: 'Continue',
    description:
      'What a primary does whose other region is gone: acknowledge alone once the witness has ' +
      'noted it, or acknowledge nothing.',
  }),
  heartbeatMs: Type.Integer({
    minimum: 10,
    maximum: 60_000,
    default: 150,
    description: 'Between two signs of life to the other region, and to the witness, in ms.',
  }),
  suspectAfterMs: Type.Integer({
    minimum: 20,
    maximum: 600_000,
    default: 450,
    description: 'Silence of the other region, in ms, after which the witness is asked.',
  }),
  takeoverAfterMs: Type.Integer({
    minimum: 100,
    maximum: 600_000,
    default: 600,
    description: 'As the witness has it: a primary that reaches nobody stands still after this.',
  }),
  replicationCompression: Type.Boolean({
    default: true,
    description: 'Whether entries are compressed (zstd) on their way to the other region.',
  }),
  replicationBytesPerSecondMax: Type.Integer({
    minimum: 0,
    default: 0,
    description: 'Most bytes a second on the way to the other region; 0: as many as it takes.',
  }),
  acceptJournalLoss: Type.Boolean({
    default: false,
    description:
      'Start although the journal is gone or behind Postgres. Events that were acknowledged and ' +
      'not committed are lost; the position in Postgres becomes the start.',
  }),
});

export type WorkerConfig = Static<typeof WorkerConfigSchema>;

/** @throws FeedmillError USAGE or CONFIG_INVALID, naming every fault */
export function workerConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): WorkerConfig {
  return loadConfig(WorkerConfigSchema, { argv, env });
}
