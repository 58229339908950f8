import { type Clock, sleep } from '@feedmill/core/clock';
import { STOP_FLUSH_MS_MAX } from './limits.ts';
import type { FeedmillProducer } from './sdk/feedmill-producer.ts';
import type { Logger } from './sdk/logger.ts';
import type { Source } from './source.ts';

export interface ConnectorParts {
  readonly source: Source;
  readonly producer: FeedmillProducer;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Why a connector ended: its source had no more and all is committed, or it was told to. */
export type ConnectorEnd = 'exhausted' | 'stopped';

/**
 * Reads a source from where the worker stands and publishes it, until the source is exhausted and
 * everything committed. When `stop` aborts, reading ends and what was read is made durable, for at
 * most STOP_FLUSH_MS_MAX; what is not is read again by the next start.
 *
 * @throws FeedmillError PRODUCER_REFUSED, SOURCE_FAILED, or BATCH_INVALID
 */
export async function runConnector(
  parts: ConnectorParts,
  stop: AbortSignal,
): Promise<ConnectorEnd> {
  const { clock, logger, producer } = parts;
  const delivered = deliver(parts, stop);
  await Promise.race([delivered, aborted(stop)]);
  if (!stop.aborted) return await delivered;

  logger.info({}, 'stopping: the source is not read any further');
  // Waited for no longer than this; a failure after that concerns nobody.
  delivered.catch(() => undefined);
  const isConnected = producer.stats().shard !== undefined;
  const graceMs = isConnected ? STOP_FLUSH_MS_MAX : 0;
  await Promise.race([delivered, sleep(clock, graceMs)]);
  const { publishedThrough, durableThrough } = producer.stats();
  const open = publishedThrough - durableThrough;
  if (open > 0) {
    logger.warn({ open }, `${open} events are not durable yet; the next start sends them again`);
  }
  return 'stopped';
}

async function deliver(parts: ConnectorParts, stop: AbortSignal): Promise<ConnectorEnd> {
  const { source, producer, logger } = parts;
  const { resumeAfter } = await producer.connect();
  logger.info({ resumeAfter }, 'reading the source');
  // A source that has nothing to say for long would not notice that nobody takes it any more.
  // Not AbortSignal.any: Node keeps what that makes, and whoever listens to it, until it aborts.
  const reading = new AbortController();
  const endReading = (): void => reading.abort();
  if (stop.aborted) endReading();
  else stop.addEventListener('abort', endReading, { once: true });
  producer.on('state', (state) => {
    if (state.kind === 'failed') endReading();
  });
  for await (const events of source.events(resumeAfter, reading.signal)) {
    await producer.publish(events);
    if (reading.signal.aborted) break;
  }
  stop.removeEventListener('abort', endReading);
  if (producer.state.kind === 'failed') throw producer.state.error;
  if (!stop.aborted) await Promise.race([producer.flushCommitted(), aborted(stop)]);
  if (!stop.aborted) return 'exhausted';
  await producer.flush();
  return 'stopped';
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
