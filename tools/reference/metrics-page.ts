import { GatewayMetrics } from '../../gateway/src/observe/gateway-metrics.ts';
import { OperatorMetrics } from '../../operator/src/observe/operator-metrics.ts';
import { WorkerMetrics } from '../../pod-worker/src/observe/worker-metrics.ts';
import { code, page, sourceLink, table } from './markdown.ts';

const INTRODUCTION = `Served at \`/metrics\` in the Prometheus format. Counters begin at 0 with the
process; the totals of all time are in the tables.
[Which of them to alert on](../operating.md#metrics-to-alert-on).`;

const OF_A_WORKER = `\`feedmill status\` prints the address; on Kubernetes it is port 7500
of the pod. Every one carries the label \`shard\`.`;

const OF_THE_OPERATOR = `Port 7500 of its pods. Both replicas serve them; only the one that leads
reconciles.`;

const OF_A_GATEWAY = `In local mode port 7601, or another where that is taken; its log says which.`;

const OF_THE_PROCESS = `Beside them stand the process's own, by \`prom-client\`, the same as
in any Node program: \`process_*\` (processor time, memory, open files) and \`nodejs_*\` (event
loop lag, heap, garbage collection).`;

export async function metricsPage(): Promise<string> {
  const worker = 'pod-worker/src/observe/worker-metrics.ts';
  const operator = 'operator/src/observe/operator-metrics.ts';
  const gateway = 'gateway/src/observe/gateway-metrics.ts';
  const sources = `${sourceLink(worker)}, ${sourceLink(operator)} and ${sourceLink(gateway)}`;
  return page('Metrics', sources, [
    INTRODUCTION,
    '## Of a worker',
    OF_A_WORKER,
    await metricsTable(new WorkerMetrics(0).registry),
    '## Of the operator',
    OF_THE_OPERATOR,
    await metricsTable(new OperatorMetrics().registry),
    '## Of a gateway',
    OF_A_GATEWAY,
    await metricsTable(new GatewayMetrics().registry),
    OF_THE_PROCESS,
  ]);
}

/** A Registry of prom-client, which is no dependency of this folder. */
type Registry = WorkerMetrics['registry'];

async function metricsTable(registry: Registry): Promise<string> {
  const metrics = await registry.getMetricsAsJSON();
  const rows = metrics.map(({ name, help, type }) => {
    const metric: object | undefined = registry.getSingleMetric(name);
    const labels = metric === undefined ? [] : (Reflect.get(metric, 'labelNames') as string[]);
    return [code(name), String(type), labels.map(code).join(', '), help];
  });
  const ours = rows.filter(([name = '']) => name.startsWith('`feedmill_'));
  return table(['metric', 'type', 'labels', 'meaning'], ours);
}
