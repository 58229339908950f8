import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asEpochNanos } from '@feedmill/core/brand';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubeObject } from './kube/kube-object.ts';
import type { StatefulSet } from './objects.ts';
import { type SeenRequest, sendStatus } from './testing/api-server.ts';
import { DEPLOYMENTS, NAMESPACE, SERVICES, STATEFUL_SETS, Stage } from './testing/stage.ts';
import { until } from './testing/waiting.ts';

const isLease = ({ path }: SeenRequest): boolean => path.includes('/leases');
const HOUR_NANOS = 3_600_000_000_000n;

const THREE_OF_THE_FIRST = ['ticks-0 feedmill:1', 'ticks-1 feedmill:1', 'ticks-2 feedmill:1'];

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.open();
});

afterEach(async () => {
  await stage.close();
});

/** A StreamCluster with a database. */
function pipeline(shards: number, mode: 'OneToOne' | 'Bounded' = 'OneToOne'): void {
  stage.secret('db', { url: 'postgres://db' });
  stage.cluster('ticks', { shards, binding: { mode } });
}

interface Service extends KubeObject {
  readonly spec: { readonly type: string; readonly selector: Readonly<Record<string, string>> };
}

interface Deployment extends KubeObject {
  readonly spec: { readonly template: { readonly spec: { readonly volumes: readonly object[] } } };
}

function podBehind(producer: string): string | undefined {
  const service = stage.find(SERVICES, `feed-${producer}`) as Service | undefined;
  return service?.spec.selector['statefulset.kubernetes.io/pod-name'];
}

test('a StreamCluster and its Producers become workers, addresses and bindings', async () => {
  pipeline(2);
  stage.producer('a', 'ticks');
  stage.producer('b', 'ticks');
  stage.operator('one');
  await stage.stable('ticks');
  expect(stage.workerPods('ticks')).toEqual(['ticks-0 feedmill:1', 'ticks-1 feedmill:1']);
  await stage.producerSays('a', 'Connected', 'True', 'Connected');
  await stage.producerSays('b', 'Connected', 'True', 'Connected');
  const shards = ['a', 'b'].map((name) => stage.producerNow(name)?.status?.shard);
  expect(new Set(shards)).toEqual(new Set([0, 1]));
  expect([podBehind('a'), podBehind('b')]).toEqual(shards.map((shard) => `ticks-${shard}`));
  expect(stage.workers.held()).toEqual([`a@${shards[0]}`, `b@${shards[1]}`]);
  expect(stage.streamCluster('ticks')?.status).toMatchObject({ ready: '2/2', producers: '2/2' });
});

test('when nothing has changed, the API server is not asked for anything', async () => {
  pipeline(2, 'Bounded');
  for (let at = 0; at < 50; at += 1) stage.producer(`p-${at}`, 'ticks');
  stage.operator('one');
  await stage.stable('ticks');
  for (let at = 0; at < 50; at += 1) {
    await stage.producerSays(`p-${at}`, 'Connected', 'True', 'Connected');
  }
  await quiet();
  const { requests } = stage.server;
  const before = requests.length;
  // Everything is reconciled again: the workers say something new, and the old again.
  stage.workers.shard(0).level = 'lagging';
  await until('it is seen', () => stage.streamCluster('ticks')?.status?.level === 'lagging');
  stage.workers.shard(0).level = 'normal';
  await until('it is seen', () => stage.streamCluster('ticks')?.status?.level === 'normal');
  await quiet();
  const asked = requests.slice(before).filter((request) => !isLease(request));
  expect(
    asked.map(({ method, path }) => `${method} ${path.split('/').slice(-3).join('/')}`),
  ).toEqual(['PATCH streamclusters/ticks/status', 'PATCH streamclusters/ticks/status']);
});

/** Waits until no write has come for a while. */
async function quiet(): Promise<void> {
  let writes = -1;
  let sinceMs = 0;
  await until('nothing is written any more', () => {
    const now = stage.server.writes.filter((request) => !isLease(request)).length;
    if (now !== writes) sinceMs = performance.now();
    writes = now;
    return performance.now() - sinceMs > 300;
  });
}

test('a status that is not what was found last is written again', async () => {
  pipeline(1);
  stage.operator('one');
  await stage.stable('ticks');
  await quiet();
  stage.patch('streamclusters', 'ticks', { status: { level: 'spilling' } });
  await until('it is not', () => stage.streamCluster('ticks')?.status?.level !== 'spilling');
  expect(stage.streamCluster('ticks')?.status?.level).toBe('normal');
});

test('what belongs to somebody else is left alone, and said', async () => {
  stage.put(SERVICES, { metadata: { name: 'feed-a' } });
  pipeline(1);
  stage.producer('a', 'ticks');
  stage.operator('one');
  const message = await stage.producerSays('a', 'Ready', 'False', 'NameTaken');
  expect(message).toContain('Service ns/feed-a is there already');
  await until('it is told', () => stage.told('a').includes('Warning NameTaken'));
  expect(stage.find(SERVICES, 'feed-a')).not.toHaveProperty('spec');
  expect(stage.find(SERVICES, 'feed-a')?.metadata).not.toHaveProperty('labels');
});

test('a Producer that names a StreamCluster which is not there waits for it', async () => {
  stage.producer('early', 'ticks');
  stage.operator('one');
  const message = await stage.producerSays('early', 'Bound', 'False', 'ClusterMissing');
  expect(message).toContain('StreamCluster ticks');
  await until('it is told', () => stage.told('early').includes('Warning ClusterMissing'));
  pipeline(1);
  await stage.producerSays('early', 'Connected', 'True', 'Connected');
});

test('two Producers pinned to one shard: one has it, the other is told why not', async () => {
  pipeline(2);
  stage.producer('a', 'ticks', { pinnedShard: 1 });
  stage.operator('one');
  await stage.producerSays('a', 'Bound', 'True', 'Bound');
  stage.producer('b', 'ticks', { pinnedShard: 1 });
  const message = await stage.producerSays('b', 'Bound', 'False', 'NoShard');
  expect(message).toContain('1');
  expect(stage.producerNow('a')?.status?.shard).toBe(1);
  stage.delete('producers', 'a');
  await stage.producerSays('b', 'Bound', 'True', 'Bound');
});

test('one Producer more than shards waits, and takes the first shard that comes', async () => {
  pipeline(1);
  stage.producer('a', 'ticks');
  stage.operator('one');
  await stage.producerSays('a', 'Bound', 'True', 'Bound');
  stage.producer('b', 'ticks');
  const message = await stage.producerSays('b', 'Bound', 'False', 'NoShard');
  expect(message).toContain('Raise the number of shards');
  stage.patch('streamclusters', 'ticks', { spec: { shards: 2 } });
  await stage.producerSays('b', 'Connected', 'True', 'Connected');
  expect(stage.producerNow('a')?.status?.shard).toBe(0);
});

test('a Producer called constructor waits for a shard and is bound like any other', async () => {
  pipeline(1);
  stage.producer('a', 'ticks');
  stage.operator('one');
  await stage.producerSays('a', 'Bound', 'True', 'Bound');
  stage.producer('constructor', 'ticks');
  await stage.producerSays('constructor', 'Bound', 'False', 'NoShard');
  stage.patch('streamclusters', 'ticks', { spec: { shards: 2 } });
  await stage.producerSays('constructor', 'Connected', 'True', 'Connected');
  expect(stage.producerNow('constructor')?.status?.shard).toBe(1);
});

test('without its Postgres Secret a StreamCluster says so, and begins when it comes', async () => {
  stage.cluster('ticks');
  stage.operator('one');
  const message = await stage.clusterSays('ticks', 'Degraded', 'True', 'PostgresSecretUnusable');
  expect(message).toContain('Secret db');
  await until('it is told', () => stage.told('ticks').length > 0);
  expect(stage.told('ticks')).toContain('Warning PostgresSecretUnusable');
  expect(stage.workerPods('ticks')).toEqual([]);
  stage.secret('db', { url: 'postgres://db' });
  await stage.stable('ticks');
});

test('a Producer is reached from outside by a Service as it asks for', async () => {
  pipeline(1);
  const annotations = { 'external-dns.example/hostname': 'a.feeds.example' };
  stage.producer('a', 'ticks', { service: { type: 'LoadBalancer', annotations } });
  stage.operator('one');
  await stage.producerSays('a', 'Bound', 'True', 'Bound');
  const found = stage.find(SERVICES, 'feed-a') as Service;
  expect(found.spec.type).toBe('LoadBalancer');
  expect(found.metadata.annotations).toMatchObject(annotations);
  expect(podBehind('a')).toBe('ticks-0');
});

test('a connector keeps its state on the volume that its Producer names', async () => {
  pipeline(1);
  const connector = 'poll:trades?url=https://venue.example/trades';
  const source = { kind: 'Connector', connector, state: { claimName: 'trades-state' } };
  stage.producer('trades', 'ticks', { source });
  stage.operator('one');
  const found = (): KubeObject | undefined => stage.find(DEPLOYMENTS, 'feed-trades');
  await until('there is a connector', () => found() !== undefined);
  const { template } = (found() as Deployment).spec;
  expect(template.spec.volumes).toEqual([
    { name: 'state', persistentVolumeClaim: { claimName: 'trades-state' } },
  ]);
});

test('another password in the Secret reaches every worker', async () => {
  pipeline(2);
  stage.operator('one');
  await stage.stable('ticks');
  const hashOf = (): string | undefined => {
    const set = stage.find(STATEFUL_SETS, 'ticks') as StatefulSet | undefined;
    return set?.spec.template.metadata.annotations['feedmill.dev/settings'];
  };
  const before = hashOf();
  expect(before).toBeDefined();
  const changed = { data: { url: Buffer.from('postgres://other').toString('base64') } };
  stage.server.table.mergePatch('/api/v1/secrets', NAMESPACE, 'db', changed);
  await until('the template has changed', () => hashOf() !== before);
  await stage.stable('ticks');
});

test('an image that does not run takes one shard, which goes back', async () => {
  pipeline(3);
  stage.operator('one');
  await stage.stable('ticks');
  stage.controllers.brokenImages.add('feedmill:broken');
  stage.patch('streamclusters', 'ticks', { spec: { image: 'feedmill:broken' } });
  const message = await stage.clusterSays('ticks', 'Degraded', 'True', 'RolloutFailed');
  expect(message).toContain('feedmill:broken ended with 1');
  await stage.clusterSays('ticks', 'Ready', 'True', 'ShardsReady');
  expect(stage.workerPods('ticks')).toEqual(THREE_OF_THE_FIRST);
  stage.patch('streamclusters', 'ticks', { spec: { image: 'feedmill:2' } });
  await stage.stable('ticks');
  expect(stage.workerPods('ticks')).toContain('ticks-0 feedmill:2');
});

test('an image that cannot be pulled gets no further than its migration', async () => {
  pipeline(3);
  stage.operator('one');
  await stage.stable('ticks');
  stage.controllers.missingImages.add('feedmill:nowhere');
  stage.patch('streamclusters', 'ticks', { spec: { image: 'feedmill:nowhere' } });
  const message = await stage.clusterSays('ticks', 'Degraded', 'True', 'MigrationStuck');
  expect(message).toContain('there is no image feedmill:nowhere');
  await until('it is told', () => stage.told('ticks').includes('Warning MigrationStuck'));
  expect(stage.workerPods('ticks')).toEqual(THREE_OF_THE_FIRST);
  stage.patch('streamclusters', 'ticks', { spec: { image: 'feedmill:2' } });
  await stage.stable('ticks');
  expect(stage.workerPods('ticks')).toContain('ticks-0 feedmill:2');
});

test('a shard goes only when nobody is there any more', async () => {
  pipeline(3, 'Bounded');
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) stage.producer(name, 'ticks');
  stage.operator('one');
  await stage.stable('ticks');
  await until('all are held', () => stage.workers.held().length === 6);
  const last = stage.workers.shard(2);
  expect(last.held.size).toBeGreaterThan(0);
  last.drains = false;
  stage.patch('streamclusters', 'ticks', { spec: { shards: 2 } });
  await stage.clusterSays('ticks', 'Progressing', 'True', 'ScalingIn');
  await quiet();
  expect(stage.workerPods('ticks')).toHaveLength(3);
  // Nobody else takes them while the old shard may still commit for them.
  expect(stage.workers.held().filter((each) => each.endsWith('?'))).toHaveLength(last.held.size);
  expect(stage.workers.held()).toHaveLength(6);
  last.held.clear();
  await stage.stable('ticks');
  expect(stage.workerPods('ticks')).toHaveLength(2);
  await until('all are held', () => stage.workers.held().length === 6);
});

test('paused, nothing is touched; after it, everything is caught up with', async () => {
  pipeline(1);
  stage.operator('one');
  await stage.stable('ticks');
  const annotations = { 'feedmill.dev/pause': 'true' };
  stage.patch('streamclusters', 'ticks', { metadata: { annotations }, spec: { shards: 2 } });
  await stage.clusterSays('ticks', 'Progressing', 'False', 'Paused');
  await quiet();
  expect(stage.workerPods('ticks')).toHaveLength(1);
  stage.patch('streamclusters', 'ticks', {
    metadata: { annotations: { 'feedmill.dev/pause': null } },
  });
  await until('there are two', () => stage.workerPods('ticks').length === 2);
  await stage.stable('ticks');
});

test('after an API server that was away, changes made meanwhile are acted on', async () => {
  pipeline(1);
  stage.operator('one');
  await stage.stable('ticks');
  let isAway = true;
  stage.server.scripts.push((_, response) => {
    if (isAway) response.destroy();
    return isAway;
  });
  stage.server.endWatches('cut');
  stage.patch('streamclusters', 'ticks', { spec: { shards: 3 } });
  await until('it is asked for again', () => stage.server.requests.length > 100);
  expect(stage.workerPods('ticks')).toHaveLength(1);
  isAway = false;
  await until('there are three', () => stage.workerPods('ticks').length === 3);
  await stage.stable('ticks');
});

test('a refusal is a condition, and passes when it does', async () => {
  let isRefused = true;
  stage.server.scripts.push(({ method, path }, response) => {
    if (!isRefused || method !== 'PATCH' || !path.includes('/statefulsets/')) return false;
    const message = 'exceeded quota: pods';
    sendStatus(response, 403, { reason: 'Forbidden', message });
    return true;
  });
  pipeline(1);
  stage.operator('one');
  const message = await stage.clusterSays('ticks', 'Degraded', 'True', 'ReconcileFailed');
  expect(message).toContain('exceeded quota: pods');
  isRefused = false;
  await stage.stable('ticks');
});

test('a ledger that is lost is made again of what the workers hold, and nobody moves', async () => {
  pipeline(3, 'Bounded');
  for (const name of ['a', 'b', 'c', 'd']) stage.producer(name, 'ticks');
  stage.operator('one');
  await stage.stable('ticks');
  await until('all are held', () => stage.workers.held().length === 4);
  const before = stage.workers.held();
  await quiet();
  stage.server.table.delete('/api/v1/configmaps', NAMESPACE, 'ticks-bindings');
  await until('it is there again', () => ledger() !== undefined);
  await quiet();
  expect(stage.workers.held()).toEqual(before);
});

const ledger = (): KubeObject | undefined => stage.find('/api/v1/configmaps', 'ticks-bindings');

test('a replica that is stopped is followed at once, and the other goes on', async () => {
  pipeline(1);
  const stop = stage.operator('one');
  await stage.stable('ticks');
  stage.operator('two');
  await stop();
  stage.patch('streamclusters', 'ticks', { spec: { shards: 2 } });
  await until('there are two', () => stage.workerPods('ticks').length === 2);
  await stage.stable('ticks');
  expect(stage.streamCluster('ticks')?.status?.ready).toBe('2/2');
});

test('a wall clock that jumps by an hour changes nothing but time stamps', async () => {
  const real = systemClock();
  let jumpNanos = 0n;
  const wallNanos = () => asEpochNanos(real.wallNanos() + jumpNanos);
  pipeline(1);
  stage.producer('a', 'ticks');
  stage.operator('one', { ...real, wallNanos });
  await stage.stable('ticks');
  for (const jump of [HOUR_NANOS, -HOUR_NANOS]) {
    jumpNanos += jump;
    const before = stage.streamCluster('ticks')?.spec.shards ?? 0;
    stage.patch('streamclusters', 'ticks', { spec: { shards: before + 1 } });
    await until('there is one more', () => stage.workerPods('ticks').length === before + 1);
    await stage.stable('ticks');
  }
  expect(stage.workers.held()).toEqual(['a@0']);
});

test('scaled out, a StreamCluster is stable only when all shards take producers', async () => {
  pipeline(1, 'Bounded');
  for (const name of ['a', 'b', 'c', 'd']) stage.producer(name, 'ticks');
  stage.operator('one');
  await stage.stable('ticks');
  stage.patch('streamclusters', 'ticks', { spec: { shards: 3 } });
  await stage.stable('ticks');
  expect(stage.streamCluster('ticks')?.status?.bindingGeneration).toBeGreaterThan(1);
  expect(new Set(stage.workers.held().map((held) => held.split('@')[1])).size).toBeGreaterThan(1);
});
