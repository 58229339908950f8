import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setImmediate as yieldTurn } from 'node:timers/promises';
import { nodeDisk } from '@feedmill/core/adapters/node-disk';
import { openOtlpTracer } from '@feedmill/core/adapters/otlp-tracer';
import { startProbeServer } from '@feedmill/core/adapters/probe-server';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { serverCredentials } from '@feedmill/core/adapters/tls-credentials';
import { FeedmillError } from '@feedmill/core/errors';
import { maskedConfig } from '@feedmill/core/process-config';
import { connect } from '@feedmill/store/connection/connect';
import { openPool } from '@feedmill/store/connection/pool';
import pino from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { startGrpcServer } from './adapters/grpc-server.ts';
import { openRegionLinks } from './adapters/region-links.ts';
import { loadSentimentModel } from './adapters/sentiment-models.ts';
import { webhookClient } from './adapters/webhook-client.ts';
import { webhookKey } from './alert/webhook-message.ts';
import { type WorkerConfig, workerConfig } from './config.ts';
import { journalBudget } from './journal-budget.ts';
import { assertLimits, LIMITS } from './limits.ts';
import { BatchTraces } from './observe/batch-traces.ts';
import { WorkerMetrics } from './observe/worker-metrics.ts';
import { openShard } from './open-shard.ts';
import { joinLives } from './past-lives.ts';
import { checkRegionConfig, hasRegions } from './region/region-config.ts';
import { postgresStore } from './sink/postgres-store.ts';
import { Worker } from './worker.ts';
import type { WorkerDeps } from './worker-deps.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_FENCED = 3;

let log = pino({ level: 'info' }, pino.destination({ fd: 2, sync: true }));
try {
  const config = workerConfig(process.argv.slice(2), process.env);
  log = pino(
    { level: config.logLevel, base: { shard: config.shard } },
    pino.destination({ fd: 2, sync: true }),
  );
  log.info({ config: maskedConfig(config) }, 'A worker starts.');
  assertLimits(LIMITS, config);
  checkRegionConfig(config);
  const clock = systemClock();
  const disk = nodeDisk();
  await disk.makeFolder(config.dir);
  const volume = await statfs(config.dir);
  // In a container the number of the process is the same in every life.
  const holder = `${hostname()}:${process.pid}:${Date.now().toString(36)}`;
  const metrics = new WorkerMetrics(config.shard);
  collectDefaultMetrics({ register: metrics.registry });
  const credentials = serverCredentials(
    { certificate: config.tlsCertificate, key: config.tlsKey },
    {
      onCertificate: ({ validTo, serialNumber }) => {
        metrics.certificateExpiry.set(Date.parse(validTo) / 1_000);
        log.info({ serialNumber, validTo }, 'The certificate is in force.');
      },
      onFault: (sentence) => log.warn({}, `${sentence} The certificate of before goes on.`),
    },
  );
  const tracer = await openOtlpTracer({
    env: process.env,
    serviceName: 'feedmill-worker',
    clock,
    warn: (sentence) => log.warn({}, sentence),
  });
  const deps: WorkerDeps = {
    config,
    limits: LIMITS,
    disk,
    clock,
    doors: {
      openGrpc: (listen, services) => startGrpcServer(listen, services, credentials),
      openHttp: startProbeServer,
    },
    regionLinks: hasRegions(config) ? openRegionLinks(config) : undefined,
    sentimentModel: await loadSentimentModel(config.sentimentModel),
    store: postgresStore({
      config,
      limits: LIMITS,
      clock,
      log,
      pool: openPool(config.postgres, `feedmill-worker-${config.shard}`),
      connect,
      holder,
      pastHolders: await joinLives(disk, config.dir, holder),
    }),
    webhook: webhookOf(config),
    metrics,
    traces: tracer && new BatchTraces(tracer, clock, hasRegions(config), LIMITS.tracesOpenMax),
    log,
    yieldTurn: () => yieldTurn(),
    journalBytesMax: journalBudget(config, volume.blocks * volume.bsize),
    fail: endWith,
  };

  // The life of a worker: recover what was acknowledged, open the doors, and then
  // receive -> journal -> process -> commit, until it is stopped or fenced.
  const worker = new Worker(deps, await openShard(deps));
  await worker.serve();
  process.send?.({
    type: 'ready',
    shard: config.shard,
    epoch: worker.epoch,
    grpcAddress: worker.grpcAddress,
    httpAddress: worker.httpAddress,
  });
  log.info({ grpc: worker.grpcAddress, http: worker.httpAddress }, 'The worker accepts producers.');
  const stop = (): void => {
    log.info({}, 'Draining.');
    worker.stop().catch(endWith);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.once('disconnect', stop);
  // The parent may have gone while the shard was recovered.
  if (process.send !== undefined && !process.connected) stop();
  await worker.run();
  await worker.close();
  await tracer?.close();
  log.info({}, 'Everything acknowledged is committed; the worker ends.');
  process.exit(0);
} catch (error) {
  endWith(error);
}

function webhookOf({ alertWebhookUrl, alertWebhookSecret }: WorkerConfig): WorkerDeps['webhook'] {
  if (alertWebhookUrl === '') return undefined;
  const key = webhookKey(alertWebhookSecret);
  return { post: webhookClient(alertWebhookUrl, LIMITS.alertTimeoutMs), key, random: Math.random };
}

function endWith(thrown: unknown): void {
  const error = FeedmillError.from(thrown);
  log.fatal(
    { code: error.code, stack: error.code === 'INTERNAL' ? error.stack : undefined },
    error.message,
  );
  if (error.code === 'FENCED') process.exit(EXIT_FENCED);
  process.exit(
    error.code === 'USAGE' || error.code === 'CONFIG_INVALID' ? EXIT_USAGE : EXIT_FAILED,
  );
}
