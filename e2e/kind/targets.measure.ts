import path from 'node:path';
import { MetricText } from '@feedmill/cli/kube/metric-text';
import { afterAll, expect, test } from 'vitest';
import { pause, until } from '../harness/waiting.ts';
import { type Comeback, lastStart, STEPS } from './harness/comeback.ts';
import { KindLab, type Manifest } from './harness/kind-lab.ts';
import { LabPipeline, pauseMs } from './harness/lab-pipeline.ts';
import { Timeline } from './harness/timeline.ts';

const TIMELINE = path.resolve('.feedmill-e2e/kind-targets.txt');
const ROUNDS = 10;
const BETWEEN_MS = 8_000;
/** So that what was acknowledged before is seen, too. */
const BEFORE_MS = 500;
const IDLE_MS = 60_000;
const HTTP_PORT = 7500;
const API = 'feedmill.dev/v1alpha1';

const timeline = new Timeline();
const lab = new KindLab(timeline);
const pipeline = new LabPipeline(lab, new Map());

afterAll(async () => {
  timeline.write(TIMELINE);
  await lab.down();
});

/** The smallest, the middle and the largest of some durations. */
function spread(durations: readonly number[]): string {
  const sorted = [...durations].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  const [p50, p95, most] = [at(0.5), at(0.95), at(1)].map(Math.round);
  return `p50 ${p50} ms, p95 ${p95} ms, most ${most} ms, of ${sorted.length}`;
}

/** Disturbs one shard after the other, and says how long its feeds had no acknowledgement. */
async function rounds(
  what: string,
  disturb: (pod: string) => Promise<unknown>,
): Promise<readonly Comeback[]> {
  const comebacks: Comeback[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const pods = await pipeline.pods();
    const shard = round % pods.length;
    const pod = pods[shard]?.metadata.name;
    if (pod === undefined) throw new Error('there is no pod');
    const feeds = [...(await pipeline.shards())].filter(([, of]) => of === shard);
    const toldMs = Date.now();
    await disturb(pod);
    await pause(BETWEEN_MS);
    await pipeline.settled();
    const found = await pipeline.pausesSince(toldMs - BEFORE_MS);
    const pauses = feeds.flatMap(([feed]) => found.get(feed) ?? []);
    const longest = pauses.sort((a, b) => pauseMs(b) - pauseMs(a))[0];
    if (longest === undefined) throw new Error(`no feed of ${pod} has committed anything`);
    comebacks.push({ toldMs, pause: longest, ...(await lastStart(lab, pod)) });
  }
  const total = comebacks.map((each) => pauseMs(each.pause));
  timeline.note(`${what}, without acknowledgements: ${spread(total)}`);
  for (const [step, msOf] of STEPS) timeline.note(`    ${step}: ${spread(comebacks.map(msOf))}`);
  return comebacks;
}

const push = (name: string): Manifest => ({
  apiVersion: API,
  kind: 'Producer',
  metadata: { name },
  spec: { clusterRef: { name: pipeline.cluster }, source: { kind: 'Push' } },
});

async function bound(names: ReadonlySet<string>): Promise<void> {
  await until(
    `${names.size} producers are bound`,
    async () => {
      const all = await lab.list<Manifest & { status?: { shard?: number } }>('producers');
      return (
        all.filter(
          ({ metadata, status }) => names.has(metadata.name) && status?.shard !== undefined,
        ).length === names.size
      );
    },
    { withinMs: 240_000, everyMs: 1_000 },
  );
}

/** The metrics of the operator that leads. */
async function leader(): Promise<MetricText> {
  const selector = '--selector=app.kubernetes.io/component=operator';
  for (const { metadata } of await lab.list('pods', selector)) {
    const place = `/api/v1/namespaces/${lab.namespace}/pods/${metadata.name}:${HTTP_PORT}`;
    const metrics = new MetricText(await lab.kubectl('get', '--raw', `${place}/proxy/metrics`));
    if (metrics.value('feedmill_operator_leading') === 1) return metrics;
  }
  throw new Error('no operator leads');
}

async function noteReconciles(what: string, before: MetricText, after: MetricText): Promise<void> {
  const grown = (part: string): number => {
    const name = `feedmill_operator_reconcile_seconds_${part}`;
    return (
      (after.value(name, { kind: 'producer' }) ?? 0) -
      (before.value(name, { kind: 'producer' }) ?? 0)
    );
  };
  const mean = (grown('sum') / grown('count')) * 1_000;
  timeline.note(`${what}: ${grown('count')} reconciles of Producers, mean ${mean.toFixed(1)} ms`);
}

test('helm install to Ready, with images loaded', async () => {
  await lab.up('--no-demo');
  await lab.helm('uninstall', 'feedmill', '--wait');
  await timeline.step('helm install to operators that are ready', async () => {
    await lab.helm('install', 'feedmill', 'charts/feedmill', '--set=image.tag=dev', '--wait');
  });
  await timeline.step('StreamCluster and Producers to Stable and streaming', async () => {
    await pipeline.create();
    await pipeline.settled();
  });
  expect(await pipeline.pods()).toHaveLength(2);
});

test('a pod deleted with grace 0', async () => {
  const comebacks = await rounds('pod deleted', (pod) =>
    lab.kubectl('delete', 'pod', pod, '--grace-period=0', '--force'),
  );
  expect(comebacks).toHaveLength(ROUNDS);
});

test('kill -9 of the process inside of a pod', async () => {
  const comebacks = await rounds('kill -9', (pod) => lab.killWorker(pod));
  expect(comebacks).toHaveLength(ROUNDS);
});

test('the operator with fifty and with five hundred producers', async () => {
  const fifty = Array.from({ length: 50 }, (_, at) => push(`idle-${at}`));
  await lab.apply(...fifty);
  await bound(new Set(fifty.map(({ metadata }) => metadata.name)));
  await pause(BETWEEN_MS);
  const before = await leader();
  await pause(IDLE_MS);
  const after = await leader();
  const cpu = 'process_cpu_seconds_total';
  const cores = ((after.value(cpu) ?? 0) - (before.value(cpu) ?? 0)) / (IDLE_MS / 1_000);
  const mib = (after.value('process_resident_memory_bytes') ?? 0) / 1024 / 1024;
  timeline.note(
    `50 idle producers: ${mib.toFixed(0)} MiB, ${(cores * 100).toFixed(2)} % of a core`,
  );

  const startMs = performance.now();
  await lab.kubectl('patch', 'producer/idle-0', '--type=merge', '--patch={"spec":{"weight":2}}');
  await until('it is seen', async () => {
    const { metadata, status } = await lab.get<{
      metadata: { generation: number };
      status: { observedGeneration: number };
    }>('producer', 'idle-0');
    return status.observedGeneration === metadata.generation;
  });
  timeline.note(`a changed Producer, by kubectl: ${(performance.now() - startMs).toFixed(0)} ms`);

  const many = Array.from({ length: 500 }, (_, at) => push(`many-${at}`));
  await timeline.step('500 producers made and bound', async () => {
    await lab.apply(...many);
    await bound(new Set(many.map(({ metadata }) => metadata.name)));
  });
  await noteReconciles('with 500 producers', after, await leader());
  expect(many).toHaveLength(500);
});
