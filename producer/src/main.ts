import { once } from 'node:events';
import path from 'node:path';
import { openOtlpTracer } from '@feedmill/core/adapters/otlp-tracer';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { FeedmillError } from '@feedmill/core/errors';
import { maskedConfig } from '@feedmill/core/process-config';
import type { Tracer } from '@feedmill/core/tracer';
import { destination, type Logger, pino } from 'pino';
import { DiskFiles } from './capture/adapters/disk-files.ts';
import {
  type ConnectorConfig,
  connectorConfig,
  otherRegionAddresses,
  workerAddresses,
} from './config.ts';
import { runConnector } from './connector.ts';
import { type ConnectorReport, ConnectorReporter } from './connector-report.ts';
import { WsDialer } from './live/adapters/ws-dialer.ts';
import { FetchClient } from './net/adapters/fetch-client.ts';
import { NodeTcpDialer } from './net/adapters/node-tcp-dialer.ts';
import { SourceStateFile } from './net/adapters/source-state-file.ts';
import { openSource } from './registry.ts';
import { nodeProducer } from './sdk/adapters/node-producer.ts';
import type { FeedmillProducer } from './sdk/feedmill-producer.ts';
import { parseSourceSpec, type SourceSpec } from './source-spec.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

function specOf({ source, producer, speed }: ConnectorConfig): SourceSpec {
  const spec = parseSourceSpec(source);
  const named = producer === undefined ? spec : { ...spec, producer };
  return speed === undefined || !('speed' in named) ? named : { ...named, speed };
}

function producerOf(
  config: ConnectorConfig,
  producer: string,
  logger: Logger,
  tracer: Tracer | undefined,
): FeedmillProducer {
  const { token, ca, serverName, bufferBytesMax, batchEventsMax, lingerMs, notFoundGraceMs } =
    config;
  const otherRegion = otherRegionAddresses(config);
  return nodeProducer({
    producer,
    locate: workerAddresses(config),
    ...(otherRegion === undefined ? {} : { otherRegion }),
    token,
    ca,
    serverName,
    bufferBytesMax,
    batchEventsMax,
    lingerMs,
    notFoundGraceMs,
    incarnationFile: path.join(config.stateDir, `${producer}.incarnation`),
    logger,
    tracer,
  });
}

/** Told by a signal, or by a parent that is gone: nobody reads our reports any more. */
function stopSignal(logger: Logger): AbortSignal {
  const stop = new AbortController();
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
    process.on(event, () => {
      if (!stop.signal.aborted) logger.info({}, `told to stop by ${event}`);
      stop.abort();
    });
  }
  return stop.signal;
}

/** Sends to the parent process, where there is one that listens. Never rejects. */
function sendToParent(report: ConnectorReport): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(report, undefined, undefined, () => resolve());
  });
}

/** Reports every `reportMs`; leaves one out while the parent has not taken the one before. */
function keepReporting(reporter: ConnectorReporter, reportMs: number): NodeJS.Timeout {
  let isTaken = true;
  return setInterval(() => {
    const report = reporter.report('report');
    if (!isTaken) return;
    isTaken = false;
    void sendToParent(report).then(() => {
      isTaken = true;
    });
  }, reportMs);
}

async function main(config: ConnectorConfig, logger: Logger): Promise<void> {
  const spec = specOf(config);
  const clock = systemClock();
  const warn = (sentence: string): void => logger.warn({}, sentence);
  const network = {
    random: Math.random,
    dialer: new WsDialer(),
    http: new FetchClient(),
    tcp: new NodeTcpDialer(),
    stateOf: (name: string) =>
      new SourceStateFile(path.join(config.stateDir, `${name}.source.json`)),
    logger,
  };
  const source = openSource(spec, { clock, files: new DiskFiles(), warn, network });
  const serviceName = 'feedmill-connector';
  const tracer = await openOtlpTracer({ env: process.env, serviceName, clock, warn });
  const producer = producerOf(config, spec.producer, logger, tracer);
  const stop = stopSignal(logger);
  if (config.latencyAfterMs > 0) {
    clock.schedule(config.latencyAfterMs, () => {
      for (const histogram of Object.values(producer.stats().latency)) histogram.reset();
    });
  }
  const reporter = new ConnectorReporter(() => producer.stats(), source, clock);
  const reporting = keepReporting(reporter, config.reportMs);
  try {
    const end = await runConnector({ source, producer, clock, logger }, stop);
    const report = reporter.report(end === 'exhausted' ? 'done' : 'report');
    const { sent, durable, committed } = report;
    logger.info({ sent, durable, committed }, end);
    await sendToParent(report);
    if (end === 'exhausted' && config.stayAtEnd && !stop.aborted) await once(stop, 'abort');
  } catch (error) {
    await sendToParent(reporter.report('report'));
    throw error;
  } finally {
    clearInterval(reporting);
    await producer.close();
    await tracer?.close();
  }
}

const USAGE_CODES: readonly string[] = ['USAGE', 'CONFIG_INVALID', 'SOURCE_INVALID'];

function newLogger(level: string): Logger {
  return pino({ level, base: { pid: process.pid } }, destination({ fd: 2, sync: true }));
}

let logger = newLogger('info');
try {
  const config = connectorConfig(process.argv.slice(2), process.env);
  logger = newLogger(config.logLevel);
  logger.info(maskedConfig(config), 'connector starts');
  await main(config, logger);
  process.exit(0);
} catch (thrown) {
  const error = FeedmillError.from(thrown);
  logger.fatal({ err: error }, error.message);
  process.exit(USAGE_CODES.includes(error.code) ? EXIT_USAGE : EXIT_FAILED);
}
