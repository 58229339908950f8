import { randomBytes } from 'node:crypto';
import { nodeDisk } from '@feedmill/core/adapters/node-disk';
import { startProbeServer } from '@feedmill/core/adapters/probe-server';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { FeedmillError } from '@feedmill/core/errors';
import { maskedConfig } from '@feedmill/core/process-config';
import pino from 'pino';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { openKubernetesStore } from './adapters/kubernetes-register-store.ts';
import { startWitnessServer } from './adapters/witness-server.ts';
import { type WitnessConfig, witnessConfig } from './config.ts';
import { FileRegisterStore } from './file-register-store.ts';
import { LIMITS } from './limits.ts';
import type { RegisterStore } from './register-store.ts';
import { WitnessDesk } from './witness-desk.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const openStore = (config: WitnessConfig): Promise<RegisterStore> =>
  config.dir === ''
    ? openKubernetesStore(config.kubernetesNamespace)
    : FileRegisterStore.open(nodeDisk(), config.dir);

let log = pino({ level: 'info' }, pino.destination({ fd: 2, sync: true }));
try {
  const config = witnessConfig(process.argv.slice(2), process.env);
  log = pino({ level: config.logLevel, base: {} }, pino.destination({ fd: 2, sync: true }));
  log.info({ config: maskedConfig(config) }, 'A witness starts.');
  const clock = systemClock();
  const desk = new WitnessDesk({
    clock,
    store: await openStore(config),
    takeoverAfterMs: config.takeoverAfterMs,
    isRestored: config.restored,
    // Never 0: that is what regions say that have heard of no witness yet.
    session: randomBytes(8).readBigUInt64LE() | 1n,
    log,
  });
  const tick = (): void => {
    desk.tick();
    clock.schedule(LIMITS.tickMs, tick);
  };
  tick();
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const shards: Gauge = new Gauge({
    name: 'feedmill_witness_shards',
    help: 'Shards whose regions were heard since the start.',
    registers: [registry],
    collect: (): void => shards.set(desk.shardCount),
  });
  const http = await startProbeServer(config.http, registry, () => ({ ready: true }));
  const server = await startWitnessServer(config.listen, desk);
  process.send?.({ type: 'ready', grpcAddress: server.address, httpAddress: http.address });
  log.info({ grpc: server.address, http: http.address }, 'The witness listens.');
  const stop = (): void => {
    void Promise.all([server.close(), http.close()]).then(() => process.exit(0));
  };
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(event, stop);
  if (process.send !== undefined && !process.connected) stop();
} catch (thrown) {
  const error = FeedmillError.from(thrown);
  log.fatal({ code: error.code }, error.message);
  const isUsage = error.code === 'USAGE' || error.code === 'CONFIG_INVALID';
  process.exit(isUsage ? EXIT_USAGE : EXIT_FAILED);
}
