import { readFile } from 'node:fs/promises';
import { ControlClient } from '@feedmill/core/adapters/control-client';
import { startProbeServer } from '@feedmill/core/adapters/probe-server';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { channelCredentials } from '@feedmill/core/adapters/tls-credentials';
import { FeedmillError } from '@feedmill/core/errors';
import { maskedConfig } from '@feedmill/core/process-config';
import { pino } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import type { Audit } from './access/audit.ts';
import { OidcTokens } from './access/oidc-tokens.ts';
import { GrpcShardSource } from './adapters/grpc-shard-source.ts';
import { providerKeys } from './adapters/jwks.ts';
import { readFolder } from './adapters/read-folder.ts';
import { readNewest } from './adapters/read-newest.ts';
import { ownerSessions, readerSessions } from './adapters/sessions.ts';
import { type GatewayConfig, gatewayConfig } from './config.ts';
import { Gateway } from './gateway.ts';
import { assertLimits, LIMITS } from './limits.ts';
import { assertLiveLimits, LIVE_LIMITS } from './live/limits.ts';
import { GatewayMetrics } from './observe/gateway-metrics.ts';
import { type GatewayOrder, parseOrder } from './orders.ts';
import { assertReplayLimits, REPLAY_LIMITS } from './replay/limits.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

let log = pino({ level: 'info' }, pino.destination({ fd: 2, sync: true }));
try {
  const config = gatewayConfig(process.argv.slice(2), process.env);
  log = pino({ level: config.logLevel }, pino.destination({ fd: 2, sync: true }));
  log.info({ config: maskedConfig(config) }, 'A gateway starts.');
  assertLimits(LIMITS);
  assertLiveLimits(LIVE_LIMITS);
  assertReplayLimits(REPLAY_LIMITS);
  const metrics = new GatewayMetrics();
  collectDefaultMetrics({ register: metrics.registry });
  const sessions = {
    url: config.postgres,
    applicationName: 'feedmill-gateway',
    connectionsMax: LIMITS.connectionsMax,
    connectTimeoutMs: LIMITS.connectTimeoutMs,
    idleTimeoutMs: LIMITS.idleTimeoutMs,
    statementTimeoutMs: config.statementTimeoutMs,
  };
  const credentials = channelCredentials(config.workersCa);
  const gateway = new Gateway({
    config,
    limits: LIMITS,
    clock: systemClock(),
    random: Math.random,
    log,
    metrics,
    readers: readerSessions(sessions, config.readerRole),
    owners: ownerSessions({ ...sessions, connectionsMax: 1 }),
    connectWorker: (address) => new ControlClient(address, { credentials }),
    connectShard: (address) => new GrpcShardSource(address, credentials),
    tokens: tokensOf(config),
    tls: await tlsOf(config),
    readFolder,
    readNewest,
    sendWish: process.send === undefined ? undefined : (wish) => void process.send?.(wish),
    audit: auditOf(config),
  });
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
    process.once(signal, () => stop.abort());
  }
  // The supervisor's orders: which workers there are, where the console is, and so on.
  process.on('message', (message) => {
    const order = parseOrder(message);
    if (order !== undefined) carryOut(order, gateway);
  });
  const http = await startProbeServer(config.http, metrics.registry, () => gateway.readiness());
  if (config.consoleDir !== '') await gateway.showConsole(config.consoleDir);
  const address = await gateway.listen();
  process.send?.({ type: 'ready', address, httpAddress: http.address });
  log.info({ address, http: http.address }, 'The gateway answers.');
  // The parent may have gone meanwhile.
  if (process.send !== undefined && !process.connected) stop.abort();
  await gateway.run(stop.signal);
  await http.close();
  log.info({}, 'The gateway ends.');
  process.exit(0);
} catch (error) {
  endWith(error);
}

function carryOut(order: GatewayOrder, gateway: Gateway): void {
  switch (order.type) {
    case 'workers':
      gateway.follow(order.workers);
      return;
    case 'console':
      gateway.showConsole(order.folder).catch(endWith);
      return;
    case 'simulations':
      gateway.showSimulations(order.simulations);
      return;
    case 'switchovers':
      gateway.showSwitchovers(order.switchovers);
      return;
    case 'outcome':
      gateway.settle(order);
  }
}

function auditOf({ auditFile }: GatewayConfig): Audit {
  const lines =
    auditFile === ''
      ? log
      : pino({ base: {} }, pino.destination({ dest: auditFile, append: true, mkdir: true }));
  return ({ principal, durationMs, ...entry }) => {
    const { kind, id, name } = principal ?? {};
    const took = Math.round(durationMs * 10) / 10;
    lines.info({ audit: { ...entry, kind, id, name, durationMs: took } }, 'Asked.');
  };
}

function tokensOf(config: GatewayConfig): OidcTokens | undefined {
  const { oidcIssuer: issuer, oidcAudience: audience, oidcJwksUri } = config;
  if (issuer === '') return undefined;
  const { tokenRequestsPerSecond: requestsPerSecond } = config;
  return new OidcTokens({
    issuer,
    audience,
    keys: providerKeys(issuer, oidcJwksUri),
    requestsPerSecond,
    burst: 2 * requestsPerSecond,
  });
}

async function tlsOf({
  tlsCertificate,
  tlsKey,
}: GatewayConfig): Promise<{ cert: Buffer; key: Buffer } | undefined> {
  if (tlsCertificate === '' && tlsKey === '') return undefined;
  if (tlsCertificate === '' || tlsKey === '') {
    throw new FeedmillError(
      'CONFIG_INVALID',
      'TLS needs both --tls-certificate and --tls-key; only one is given.',
    );
  }
  try {
    return { cert: await readFile(tlsCertificate), key: await readFile(tlsKey) };
  } catch (error) {
    const { message } = FeedmillError.from(error);
    throw new FeedmillError('CONFIG_INVALID', `A file for TLS cannot be read: ${message}`, {
      cause: error,
    });
  }
}

function endWith(thrown: unknown): void {
  const error = FeedmillError.from(thrown);
  const stack = error.code === 'INTERNAL' ? error.stack : undefined;
  log.fatal({ code: error.code, stack }, error.message);
  const isUsage = error.code === 'USAGE' || error.code === 'CONFIG_INVALID';
  process.exit(isUsage ? EXIT_USAGE : EXIT_FAILED);
}
