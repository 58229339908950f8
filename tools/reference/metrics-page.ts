import { WorkerMetrics } from '../../pod-worker/src/observe/worker-metrics.ts';
import { code, page, sourceLink, table } from './markdown.ts';

const INTRODUCTION = `A worker serves these at \`/metrics\` in the Prometheus format;
\`feedmill status\` prints the address. Every one carries the label \`shard\`. Counters begin
at 0 with the process; the totals of all time are in the tables.
[Which of them to alert on](../operating.md#metrics-to-alert-on).`;

const OF_THE_PROCESS = `Beside them stand the process's own, by \`prom-client\`, the same as
in any Node program: \`process_*\` (processor time, memory, open files) and \`nodejs_*\` (event
loop lag, heap, garbage collection).`;

export async function metricsPage(): Promise<string> {
  const { registry } = new WorkerMetrics(0);
  const metrics = await registry.getMetricsAsJSON();
  const rows = metrics.map(({ name, help, type }) => {
    const metric: object | undefined = registry.getSingleMetric(name);
    const labels = metric === undefined ? [] : (Reflect.get(metric, 'labelNames') as string[]);
    return [code(name), String(type), labels.map(code).join(', '), help];
  });
  const ours = rows.filter(([name = '']) => name.startsWith('`feedmill_'));
  return page('Metrics of a worker', sourceLink('pod-worker/src/observe/worker-metrics.ts'), [
    INTRODUCTION,
    table(['metric', 'type', 'labels', 'meaning'], ours),
    OF_THE_PROCESS,
  ]);
}
