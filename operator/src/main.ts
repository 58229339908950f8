import { randomInt } from 'node:crypto';
import { ControlClient } from '@feedmill/core/adapters/control-client';
import { startProbeServer } from '@feedmill/core/adapters/probe-server';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { FeedmillError } from '@feedmill/core/errors';
import { maskedConfig } from '@feedmill/core/process-config';
import { seededRandom } from '@feedmill/core/random';
import { destination, pino } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { operatorConfig, watchedNamespaces } from './config.ts';
import { httpTransport } from './kube/adapters/http-transport.ts';
import { podTransport } from './kube/adapters/pod-transport.ts';
import { assertLimits, LIMITS } from './limits.ts';
import { PORTS } from './names.ts';
import { OperatorMetrics } from './observe/operator-metrics.ts';
import { Operator } from './operator.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const SEED_MAX = 2 ** 32 - 1;

let log = pino({ level: 'info' }, destination({ fd: 2, sync: true }));
try {
  const config = operatorConfig(process.argv.slice(2), process.env);
  log = pino({ level: config.logLevel }, destination({ fd: 2, sync: true }));
  log.info({ config: maskedConfig(config) }, 'The operator starts.');
  assertLimits(LIMITS);
  const { answerBytesMax } = LIMITS;
  const metrics = new OperatorMetrics();
  collectDefaultMetrics({ register: metrics.registry });
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  const operator = new Operator({
    transport:
      config.apiServer === ''
        ? await podTransport({ host, port }, answerBytesMax)
        : httpTransport({
            server: new URL(config.apiServer),
            answerBytesMax,
            wallMs: () => Date.now(),
          }),
    namespaces: watchedNamespaces(config),
    namespace: config.namespace,
    name: config.name,
    lease: config.lease,
    defaultImage: config.image,
    connectWorker: (_, { podIp }) => new ControlClient(`${podIp}:${PORTS.grpc}`),
    clock: systemClock(),
    random: seededRandom(randomInt(SEED_MAX)),
    limits: LIMITS,
    metrics,
    log,
  });
  const http = await startProbeServer(config.http, metrics.registry, () => operator.readiness());
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  await operator.run(stop.signal);
  await http.close();
  log.info({}, 'The operator ends.');
  process.exit(0);
} catch (thrown) {
  const error = FeedmillError.from(thrown);
  const stack = error.code === 'INTERNAL' ? error.stack : undefined;
  log.fatal({ code: error.code, stack }, error.message);
  const isUsage = error.code === 'USAGE' || error.code === 'CONFIG_INVALID';
  process.exit(isUsage ? EXIT_USAGE : EXIT_FAILED);
}
