import { FeedmillError } from '@feedmill/core/errors';
import { loadConfig } from '@feedmill/core/process-config';
import Type, { type Static } from 'typebox';
import {
  BATCH_EVENTS_MAX_DEFAULT,
  BUFFER_BYTES_MAX_DEFAULT,
  CONNECTOR_NOT_FOUND_GRACE_MS_DEFAULT,
  REPORT_INTERVAL_MS_DEFAULT,
} from './limits.ts';
import type { WorkerAddresses } from './sdk/locator.ts';
import { isAddress } from './sdk/producer-options.ts';

/** Configuration of a connector. Flags, environment and the reference page follow from it. */
export const ConnectorConfigSchema = Type.Object({
  source: Type.String({
    minLength: 1,
    description: 'The SPEC of the source; `feedmill sources` lists kinds and formats.',
  }),
  producer: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
      description: "Name of the producer; without it the source's own.",
    }),
  ),
  locate: Type.String({
    default: '',
    description: 'host:port of any workers, separated by commas; they know the right one.',
  }),
  address: Type.String({
    default: '',
    description: "host:port that always leads to the producer's worker, such as its Service.",
  }),
  otherLocate: Type.String({
    default: '',
    description: 'The same as --locate, in the other region.',
  }),
  otherAddress: Type.String({
    default: '',
    description: 'The same as --address, in the other region.',
  }),
  ca: Type.String({
    default: '',
    description:
      'File with the authorities that workers are proved against, PEM, or `system` for those ' +
      'that Node trusts; empty: they are reached without TLS.',
  }),
  serverName: Type.String({
    default: '',
    description: "Name that the workers' certificates have, where their addresses are others.",
  }),
  stateDir: Type.String({
    minLength: 1,
    description: 'Folder that keeps the incarnation of the producer over restarts.',
  }),
  speed: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1e9,
      description: '1: as recorded; any factor; 0: as fast as it is taken. Before the SPEC.',
    }),
  ),
  token: Type.String({
    default: '',
    description: 'Secret of the producer, where it has one. Best given by the environment.',
  }),
  reportMs: Type.Integer({
    minimum: 50,
    maximum: 60_000,
    default: REPORT_INTERVAL_MS_DEFAULT,
    description: 'How often progress is reported to the parent process, in milliseconds.',
  }),
  notFoundGraceMs: Type.Integer({
    minimum: 0,
    maximum: 3_600_000,
    default: CONNECTOR_NOT_FOUND_GRACE_MS_DEFAULT,
    description: 'How long to wait for the producer to be declared, in milliseconds.',
  }),
  bufferBytesMax: Type.Integer({
    minimum: 64 * 1024,
    maximum: 2 ** 32,
    default: BUFFER_BYTES_MAX_DEFAULT,
    description: 'Bytes of encoded events that may wait for their durable acknowledgement.',
  }),
  batchEventsMax: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: BATCH_EVENTS_MAX_DEFAULT,
    description: 'Events in one batch.',
  }),
  lingerMs: Type.Integer({
    minimum: 0,
    maximum: 60_000,
    default: 0,
    description: 'How long an event may wait for others although it could be sent.',
  }),
  stayAtEnd: Type.Boolean({
    default: false,
    description: 'Stay connected when the source is exhausted, instead of ending.',
  }),
  latencyAfterMs: Type.Integer({
    minimum: 0,
    default: 0,
    description: 'Leaves out of the latencies what the first milliseconds, with cold code, took.',
  }),
  logLevel: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'Least severe level that is logged.' },
  ),
});

export type ConnectorConfig = Static<typeof ConnectorConfigSchema>;

/** @throws FeedmillError USAGE or CONFIG_INVALID, naming every fault */
export function connectorConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ConnectorConfig {
  return loadConfig(ConnectorConfigSchema, { argv, env });
}

/** @throws FeedmillError USAGE when one is not host:port */
export function otherRegionAddresses(config: ConnectorConfig): WorkerAddresses | undefined {
  const { otherLocate: locate, otherAddress: address } = config;
  if (locate === '' && address === '') return undefined;
  return workerAddresses({ locate, address });
}

/** @throws FeedmillError USAGE when no address is given or one is not host:port */
export function workerAddresses({
  locate,
  address,
}: Pick<ConnectorConfig, 'locate' | 'address'>): WorkerAddresses {
  const workers = locate.split(',').flatMap((text) => (text.trim() === '' ? [] : [text.trim()]));
  const wrong = [...workers, ...(address === '' ? [] : [address])].filter(
    (text) => !isAddress(text),
  );
  if (wrong.length > 0) {
    throw new FeedmillError(
      'USAGE',
      `'${wrong.join("', '")}' is not host:port with a port from 1 to 65535.`,
    );
  }
  if (workers.length === 0 && address === '') {
    throw new FeedmillError('USAGE', 'No worker is named; give --locate or --address host:port.');
  }
  return { workers, ...(address === '' ? {} : { fixed: address }) };
}
