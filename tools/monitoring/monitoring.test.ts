import { existsSync } from 'node:fs';
import path from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { expect, test } from 'vitest';
import { OperatorMetrics } from '../../operator/src/observe/operator-metrics.ts';
import { WorkerMetrics } from '../../pod-worker/src/observe/worker-metrics.ts';
import { repositoryRoot } from '../repository.ts';
import { ALERT_RULES, runbookPath } from './alert-rules.ts';
import { DASHBOARDS } from './dashboards.ts';

/** Metrics by the labels that they may be asked for with. */
const known = new Map<string, ReadonlySet<string>>();
// Of every target, and of what Prometheus makes of histograms.
const OF_TARGETS = ['namespace', 'cluster', 'pod', 'shard'];
for (const registry of [new WorkerMetrics(0).registry, new OperatorMetrics().registry]) {
  for (const { name, type } of await registry.getMetricsAsJSON()) {
    const metric: object | undefined = registry.getSingleMetric(name);
    const own = metric === undefined ? [] : (Reflect.get(metric, 'labelNames') as string[]);
    const labels = new Set([...own, ...OF_TARGETS]);
    const isHistogram = String(type) === 'histogram';
    for (const part of isHistogram ? ['_bucket', '_sum', '_count'] : ['']) {
      known.set(name + part, labels);
    }
  }
}
for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes']) {
  known.set(name, new Set(OF_TARGETS));
}

const questions = [
  ...ALERT_RULES.map(({ name, when }) => ({ where: name, question: when })),
  ...DASHBOARDS.flatMap(({ name, pictures }) =>
    pictures.flatMap(({ title, lines }) =>
      Object.values(lines).map((question) => ({ where: `${name}: ${title}`, question })),
    ),
  ),
];

test.for(questions)('$where asks for what there is: $question', ({ question }) => {
  const faults: string[] = [];
  let labels: ReadonlySet<string> = new Set();
  parser.parse(question).iterate({
    enter: ({ type, from, to }) => {
      const text = question.slice(from, to);
      if (type.isError) faults.push(`not understood at ${from}: '${question.slice(from)}'`);
      if (type.name === 'Identifier') {
        labels = known.get(text) ?? new Set();
        if (!known.has(text)) faults.push(`there is no metric ${text}`);
      }
      if (type.name === 'LabelName' && labels.size > 0 && !labels.has(text)) {
        faults.push(`there is no label ${text}`);
      }
    },
  });
  expect(faults).toEqual([]);
});

test('every alert has a page that says what to do, and a name of its own', () => {
  const missing = ALERT_RULES.map(runbookPath).filter(
    (page) => !existsSync(path.join(repositoryRoot, page)),
  );
  expect(missing).toEqual([]);
  expect(new Set(ALERT_RULES.map(({ name }) => name)).size).toBe(ALERT_RULES.length);
});
