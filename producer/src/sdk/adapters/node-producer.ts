import { nodeDisk } from '@feedmill/core/adapters/node-disk';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import type { Tracer } from '@feedmill/core/tracer';
import { FeedmillProducer } from '../feedmill-producer.ts';
import { IncarnationFile } from '../incarnation-file.ts';
import type { Logger } from '../logger.ts';
import type { ProducerOptions } from '../producer-options.ts';
import { type GrpcTransportOptions, grpcIngestTransport } from './grpc-ingest-transport.ts';

export interface NodeProducerOptions extends ProducerOptions, GrpcTransportOptions {
  /** File that keeps the incarnation over restarts; each producer needs its own. */
  readonly incarnationFile: string;
  readonly logger?: Logger;
  /** Follows batches to Postgres; without it nobody does. */
  readonly tracer?: Tracer | undefined;
}

/**
 * A producer on the real network, clock and disk.
 *
 * @throws FeedmillError CONFIG_INVALID naming every option that is not allowed
 */
export function nodeProducer(options: NodeProducerOptions): FeedmillProducer {
  const { incarnationFile, logger, tracer, channelCredentials, ca, serverName, ...rest } = options;
  const clock = systemClock();
  return new FeedmillProducer(rest, {
    transport: grpcIngestTransport({
      ...(channelCredentials === undefined ? {} : { channelCredentials }),
      ...(ca === undefined ? {} : { ca }),
      ...(serverName === undefined ? {} : { serverName }),
    }),
    incarnation: new IncarnationFile(incarnationFile, clock, nodeDisk()),
    clock,
    random: Math.random,
    tracer,
    ...(logger === undefined ? {} : { logger }),
  });
}
