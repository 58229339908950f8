import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { pause, until } from '../harness/waiting.ts';
import {
  hasRecorded,
  KindLab,
  type Manifest,
  type PodObject,
  UP_MS_MAX,
} from './harness/kind-lab.ts';
import { LabPipeline, pauseMs, RECORDED_FEEDS } from './harness/lab-pipeline.ts';
import { Timeline } from './harness/timeline.ts';
import { undisturbedRun } from './harness/undisturbed-run.ts';

const TIMELINE = path.resolve('.feedmill-e2e/kind-timeline.txt');
const POD_KILLS = 6;
const POD_KILL_EVERY_MS = 10_000;
const KILL_SETTLES_MS = 5_000;
const NEXT_IMAGE = 'feedmill:next';
const BROKEN_IMAGE = 'feedmill:broken';

const timeline = new Timeline();
const lab = new KindLab(timeline);
const pipeline = new LabPipeline(lab);

afterAll(async () => {
  await lab.fileEvents().catch(() => undefined);
  timeline.write(TIMELINE);
  await lab.down();
});

/** What `feedmill verify` finds wrong; nothing, where all that was acknowledged stands once. */
async function faults(): Promise<unknown[]> {
  const verdict = await pipeline.verify();
  const committed = verdict.producers.reduce((sum, each) => sum + each.committed, 0);
  timeline.note(`verify: ${verdict.ok ? 'ok' : 'WRONG'}, ${committed} events committed`);
  const wrong = verdict.producers.filter(({ ok }) => !ok);
  return verdict.ok || wrong.length > 0 ? wrong : [verdict];
}

const isNext = (image: string): boolean => image === NEXT_IMAGE;

async function notePauses(what: string, sinceMs: number): Promise<void> {
  const pauses = await pipeline.pausesSince(sinceMs);
  const told = [...pauses].map(([feed, each]) => `${feed} ${pauseMs(each)} ms`).join(', ');
  timeline.note(`longest pauses, ${what}: ${told}`);
}

test(
  'one command makes a cluster, in which the demo feed streams',
  async () => {
    const shown = await timeline.step('kind/up, with the demo', () => lab.up());
    expect(shown).toMatch(/streamcluster.feedmill.dev\/ticks +2\/2 +2\/2/);
    expect(shown).toMatch(/producer.feedmill.dev\/market +ticks +Connector +\d +Streaming/);
  },
  UP_MS_MAX,
);

test('recorded and steady feeds stream through a new StreamCluster', async () => {
  await timeline.step('create to streaming', async () => {
    await pipeline.create();
    await pipeline.settled();
  });
  expect(await faults()).toEqual([]);
});

test('what the guide shows is taken, and what is wrong is refused by its field', async () => {
  const guide = readFileSync('docs/kubernetes.md', 'utf8');
  const examples = [...guide.matchAll(/^```yaml\n(apiVersion: .*?)^```/gms)]
    .flatMap(([, block = '']) => block.split(/^---\n/m))
    .filter((each) => !each.includes('gateway.networking.k8s.io'));
  expect(examples.length).toBeGreaterThan(5);
  // The API server looks at nothing that is for a namespace it does not have.
  const namespaces = new Set(
    examples.flatMap((each) => (parse(each) as Manifest).metadata.namespace ?? []),
  );
  for (const name of namespaces) {
    await lab.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  for (const example of examples) await lab.dryRun(example);
  await lab.dryRun(await lab.helm('template', 'feedmill', 'charts/feedmill'));

  const refused = (spec: object, kind = 'Producer', name = 'odd'): Promise<string> =>
    lab.refusal({ apiVersion: 'feedmill.dev/v1alpha1', kind, metadata: { name }, spec });
  const clusterRef = { name: 'lab' };
  const postgres = { secretRef: { name: 'lab-postgres' } };
  expect(await refused({ clusterRef, source: { kind: 'Connector' } })).toContain(
    'spec.source.connector is missing',
  );
  expect(await refused({ clusterRef: { name: 'other' } }, 'Producer', 'steady-a')).toContain(
    'spec.clusterRef cannot be changed',
  );
  expect(await refused({ shards: 0, postgres }, 'StreamCluster')).toContain('spec.shards');
  expect(await refused({ shards: 2 }, 'StreamCluster')).toContain('spec.postgres');
  expect(await refused({ clusterRef, weihgt: 2 })).toContain('unknown field "spec.weihgt"');
});

test('scaling out and in moves feeds, with nothing lost', async () => {
  const startMs = Date.now();
  const two = await pipeline.shards();
  await timeline.step('scale 2 -> 4', async () => {
    await lab.kubectl('scale', 'streamcluster/lab', '--replicas=4');
    await until('there are four workers', async () => (await pipeline.pods()).length === 4, {
      withinMs: 120_000,
    });
    await pipeline.settled();
  });
  const four = await pipeline.shards();
  const moved = [...four].filter(([feed, shard]) => two.get(feed) !== shard);
  timeline.note(`moved: ${moved.map(([feed, to]) => `${feed} to ${to}`).join(', ')}`);
  expect(moved.length).toBeGreaterThan(0);
  expect(moved.length).toBeLessThan(four.size);
  expect(await faults()).toEqual([]);
  await notePauses('2 -> 4', startMs);

  const backMs = Date.now();
  await timeline.step('scale 4 -> 2', async () => {
    await lab.kubectl('scale', 'streamcluster/lab', '--replicas=2');
    await until('there are two workers', async () => (await pipeline.pods()).length === 2, {
      withinMs: 120_000,
    });
    await pipeline.settled();
  });
  expect(await faults()).toEqual([]);
  await notePauses('4 -> 2', backMs);
});

test('pods that are deleted come back, and their feeds go on', async () => {
  for (let kill = 0; kill < POD_KILLS; kill += 1) {
    const startMs = Date.now();
    const victims = await pipeline.pods();
    const victim = victims[kill % victims.length];
    if (victim === undefined) throw new Error('there is no pod to delete');
    await timeline.step(`deleted with grace 0: ${victim.metadata.name}`, async () => {
      await lab.kubectl('delete', 'pod', victim.metadata.name, '--grace-period=0', '--force');
      await lab.replaced(victim);
    });
    await pause(Math.max(0, startMs + POD_KILL_EVERY_MS - Date.now()));
    await notePauses('pod deleted', startMs);
  }
  await pipeline.settled();
  expect(await faults()).toEqual([]);
});

test('a worker whose process is killed goes on within its pod', async () => {
  for (const pod of await pipeline.pods()) {
    const startMs = Date.now();
    const { name } = pod.metadata;
    await lab.killWorker(name);
    await pause(KILL_SETTLES_MS);
    await pipeline.settled();
    await notePauses(`kill -9 in ${name}`, startMs);
    const after = (await pipeline.pods()).find(({ metadata }) => metadata.name === name);
    expect(after?.metadata.uid).toBe(pod.metadata.uid);
  }
  expect(await faults()).toEqual([]);
});

test('a new image replaces one worker after the other', async () => {
  await lab.alias('feedmill:dev', NEXT_IMAGE);
  const before = await pipeline.pods();
  const startMs = Date.now();
  await timeline.step(`roll to ${NEXT_IMAGE}`, async () => {
    await pipeline.patch({ image: NEXT_IMAGE });
    for (const pod of [...before].reverse()) await lab.replaced(pod);
    await pipeline.settled();
  });
  expect(new Set(await pipeline.images())).toEqual(new Set([NEXT_IMAGE]));
  await notePauses('roll', startMs);
  expect(await faults()).toEqual([]);
});

test('an image that is nowhere takes no worker', async () => {
  const before = await pipeline.pods();
  await timeline.step('roll to an image that is nowhere', async () => {
    await pipeline.patch({ image: 'feedmill:nowhere' });
    const { message } = await lab.conditionIs('streamcluster', 'lab', 'Degraded', {
      status: 'True',
      reason: 'MigrationStuck',
    });
    timeline.note(`Degraded: ${message}`);
    expect(message).toContain('feedmill:nowhere');
    await pipeline.patch({ image: NEXT_IMAGE });
    await pipeline.settled();
  });
  const uids = (pods: typeof before): unknown[] => pods.map(({ metadata }) => metadata.uid);
  expect(uids(await pipeline.pods())).toEqual(uids(before));
});

test('an image that does not run is gone back from, and only one shard has seen it', async () => {
  await lab.build(BROKEN_IMAGE, [
    'FROM feedmill:dev',
    'USER root',
    String.raw`RUN printf '#!/bin/sh\nexit 9\n' > /app/deploy/image/keep-worker.sh`,
    'USER node',
  ]);
  await lab.load(BROKEN_IMAGE);
  const before = await pipeline.pods();
  await timeline.step(`roll to ${BROKEN_IMAGE}`, async () => {
    await pipeline.patch({ image: BROKEN_IMAGE });
    const { message } = await lab.conditionIs('streamcluster', 'lab', 'Degraded', {
      status: 'True',
      reason: 'RolloutFailed',
    });
    timeline.note(`Degraded: ${message}`);
    await until('the workers are back', async () => {
      const pods = await pipeline.pods();
      const ready = await lab.condition('streamcluster', 'lab', 'Ready');
      const images = await pipeline.images();
      return ready?.status === 'True' && pods.length === 2 && images.every(isNext);
    });
  });
  const after = await pipeline.pods();
  expect(after[0]?.metadata.uid).toBe(before[0]?.metadata.uid);
  await pipeline.patch({ image: NEXT_IMAGE });
  await pipeline.settled();
  expect(await faults()).toEqual([]);
});

test('without any operator, everything goes on, and a pod that is lost comes back', async () => {
  await lab.kubectl('scale', 'deployment/feedmill-operator', '--replicas=0');
  await lab.kubectl('delete', 'pod', '--selector=app.kubernetes.io/component=operator', '--wait');
  const startMs = Date.now();
  const [victim] = await pipeline.pods();
  if (victim === undefined) throw new Error('there is no pod to delete');
  await timeline.step('a pod deleted while no operator runs', async () => {
    await lab.kubectl('delete', 'pod', victim.metadata.name, '--grace-period=0', '--force');
    await lab.replaced(victim);
    await pause(KILL_SETTLES_MS);
  });
  expect(await faults()).toEqual([]);
  await notePauses('without an operator', startMs);
  await lab.kubectl('scale', 'deployment/feedmill-operator', '--replicas=2');
  await lab.kubectl('rollout', 'status', 'deployment/feedmill-operator', '--timeout=180s');
  await pipeline.settled();
});

test('Postgres that is taken away comes back to everything', async () => {
  const startMs = Date.now();
  await timeline.step('Postgres deleted with grace 0', async () => {
    const server = await lab.get<PodObject>('pod', 'demo-postgres-0');
    await lab.kubectl('delete', 'pod', server.metadata.name, '--grace-period=0', '--force');
    await lab.replaced(server);
    await pipeline.settled();
  });
  expect(await faults()).toEqual([]);
  await notePauses('Postgres away', startMs);
});

test('a node that is drained loses nothing, and its shard waits for its volume', async () => {
  const startMs = Date.now();
  await timeline.step(`drain ${lab.nodes.second}`, async () => {
    const flags = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=180s'];
    await lab.kubectl('drain', lab.nodes.second, ...flags);
  });
  const [worker] = await pipeline.pods();
  expect(worker).toBeDefined();
  await timeline.step('uncordon', async () => {
    await lab.kubectl('uncordon', lab.nodes.second);
    await pipeline.settled();
  });
  expect(await faults()).toEqual([]);
  await notePauses('drain', startMs);
});

test.runIf(hasRecorded)(
  'recorded feeds have the very rows of a run that nothing disturbed',
  async () => {
    const undisturbed = await timeline.step('the same files, on this machine', () =>
      undisturbedRun(RECORDED_FEEDS),
    );
    const disturbed = await timeline.step('until the recorded feeds are at their end', () =>
      pipeline.committed(undisturbed),
    );
    for (const [feed, { committed, hash }] of undisturbed) {
      timeline.note(`${feed}: ${committed} events, hash ${hash}`);
    }
    expect(disturbed).toEqual(undisturbed);
  },
);

test('the kubectl plugin says how it stands, and its report has no secrets', async () => {
  const status = await lab.plugin('status');
  expect(status).toMatch(/feedmill +lab +2\/2 +\d\/\d +normal +Stable +feedmill:next/);
  expect(status).toMatch(/lab-1 +normal +feedmill-e2e-\S+ .* steady-/);
  expect(status).toContain('Nothing is wrong.');
  const producers = await lab.plugin('producers');
  expect(producers).toMatch(/feedmill +steady-a +lab +\d +Streaming( +[\d,]+){6}/);
  const files = await lab.report();
  expect([...files.keys()]).toEqual(
    expect.arrayContaining([
      'status.txt',
      'events.json',
      'objects/feedmill/streamcluster-lab.json',
      'logs/feedmill/lab-0.txt',
      'metrics/feedmill/lab-0.txt',
    ]),
  );
  // The demo's password stands in a Secret, and so in the workers' environment.
  for (const [file, text] of files) expect(text, file).not.toMatch(/feedmill:demo@/);
});

test('a StreamCluster that is deleted takes all along but its volumes', async () => {
  const claims = await pipeline.claims();
  await timeline.step('delete', async () => {
    await lab.kubectl('delete', 'streamcluster/lab', '--wait');
    await until('nothing but volumes is left', async () => (await pipeline.parts()).length === 0, {
      withinMs: 180_000,
      everyMs: 500,
    });
  });
  expect(await pipeline.claims()).toEqual(claims);
  expect(claims).toContain('journal-lab-0');
  const bound = await lab.conditionIs('producer', 'steady-a', 'Bound', { status: 'False' });
  expect(bound.reason).toBe('ClusterMissing');
});
