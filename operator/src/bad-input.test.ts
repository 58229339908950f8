import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ConfigMap, Pod, VolumeClaim } from './objects.ts';
import { sendStatus } from './testing/api-server.ts';
import { NAMESPACE, Stage } from './testing/stage.ts';
import { until } from './testing/waiting.ts';

const CONFIG_MAPS = '/api/v1/configmaps';
const CLAIMS = '/api/v1/persistentvolumeclaims';
const PODS = '/api/v1/pods';
const SECRETS = '/api/v1/secrets';

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.open();
  stage.secret('db', { url: 'postgres://db' });
});

afterEach(async () => {
  await stage.close();
});

const sizes = (): (string | undefined)[] =>
  (stage.server.table.list(CLAIMS, NAMESPACE) as VolumeClaim[]).map(
    ({ spec }) => spec.resources?.requests?.['storage'],
  );

const GIB = 1024 ** 3;

const shareOf = (volumeBytes: number): string => String(Math.floor(volumeBytes * 0.8));

/** What each journal may take, in bytes. */
const budget = (): string | undefined => {
  const settings: ConfigMap | undefined = stage.find(CONFIG_MAPS, 'ticks-settings');
  return settings?.data?.['FEEDMILL_JOURNAL_BYTES_MAX'];
};

const podUids = (): unknown[] =>
  (stage.server.table.list(PODS, NAMESPACE) as Pod[]).map(({ metadata }) => metadata.uid);

async function running(shards: number): Promise<void> {
  stage.cluster('ticks', { shards });
  stage.operator('one');
  await stage.stable('ticks');
}

const grow = (size: string): void =>
  stage.patch('streamclusters', 'ticks', { spec: { journal: { size } } });

test('volumes grow below running workers, who use the room once all have it', async () => {
  await running(2);
  const before = podUids();
  stage.controllers.giveRoom(false);
  grow('2Gi');
  const message = await stage.clusterSays('ticks', 'Progressing', 'True', 'VolumesGrowing');
  expect(message).toBe('Volumes journal-ticks-0, journal-ticks-1 are growing.');
  expect(podUids()).toEqual(before);
  expect(budget()).toBe(shareOf(GIB));
  stage.controllers.giveRoom(true);
  await until('they may use it', () => budget() === shareOf(2 * GIB));
  await stage.stable('ticks');
  stage.patch('streamclusters', 'ticks', { spec: { shards: 3 } });
  await until('there is a third', () => sizes().length === 3);
  await stage.stable('ticks');
  expect(sizes()).toEqual(['2Gi', '2Gi', '2Gi']);
});

test('volumes that cannot grow are said with the words of the API server', async () => {
  await running(1);
  const before = podUids();
  stage.server.scripts.push(({ method, path }, response) => {
    if (method !== 'PATCH' || !path.includes('/persistentvolumeclaims/')) return false;
    const message = 'only dynamically provisioned pvc can be resized';
    sendStatus(response, 403, { reason: 'Forbidden', message });
    return true;
  });
  grow('2Gi');
  const message = await stage.clusterSays('ticks', 'Degraded', 'True', 'VolumeCannotGrow');
  expect(message).toContain('only dynamically provisioned pvc can be resized');
  expect(message).toContain('set spec.journal.size back');
  await until('it is told', () => stage.told('ticks').includes('Warning VolumeCannotGrow'));
  expect(podUids()).toEqual(before);
  grow('1Gi');
  await stage.stable('ticks');
});

test('a Secret with a wrong password is said in the words of Postgres, and passes', async () => {
  stage.controllers.migrationFault = 'password authentication failed for user "feedmill"';
  stage.cluster('ticks');
  stage.operator('one');
  const message = await stage.clusterSays('ticks', 'Degraded', 'True', 'MigrationFailed');
  expect(message).toContain('password authentication failed');
  await until('it is told', () => stage.told('ticks').includes('Warning MigrationFailed'));
  expect(stage.workerPods('ticks')).toEqual([]);
  stage.controllers.migrationFault = undefined;
  const url = Buffer.from('postgres://right').toString('base64');
  stage.server.table.mergePatch(SECRETS, NAMESPACE, 'db', { data: { url } });
  await stage.stable('ticks');
});

test('a migration that failed is tried again by itself', async () => {
  stage.controllers.migrationFault = 'the database system is starting up';
  stage.cluster('ticks');
  stage.operator('one');
  await stage.clusterSays('ticks', 'Degraded', 'True', 'MigrationFailed');
  stage.controllers.migrationFault = undefined;
  await stage.stable('ticks');
  expect(stage.workerPods('ticks')).toHaveLength(1);
});

test('a full volume is a condition and an event, and ends with the cause', async () => {
  await running(2);
  stage.workers.shard(1).level = 'full';
  const message = await stage.clusterSays('ticks', 'Degraded', 'True', 'JournalFull');
  expect(message).toContain('Shard 1 is out of room');
  expect(message).toContain('raise spec.journal.size');
  await until('it is told', () => stage.told('ticks').includes('Warning JournalFull'));
  stage.workers.shard(1).level = 'normal';
  await stage.stable('ticks');
});

test('Postgres that is away is a condition and an event, and ends with the cause', async () => {
  await running(2);
  stage.workers.shard(0).level = 'spilling';
  const message = await stage.clusterSays('ticks', 'SinkReachable', 'False', 'PostgresAway');
  expect(message).toContain('Shard 0 is cut off from Postgres');
  await until('it is told', () => stage.told('ticks').includes('Warning PostgresAway'));
  stage.workers.shard(0).level = 'normal';
  await stage.stable('ticks');
});
