import { afterEach, beforeEach, expect, test } from 'vitest';
import { PRIMARY } from '../testing/model-workers.ts';
import { STAGE_LIMITS, Stage } from '../testing/stage.ts';
import { until } from '../testing/waiting.ts';

const REGION = {
  name: 'east',
  peerRegion: 'west',
  peerAddress: 'ticks-{shard}.ticks.west.svc:7400',
  witness: 'witness:7411',
};

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.open();
});

afterEach(async () => {
  await stage.close();
});

/** A StreamCluster of two shards in two regions, of which this one is primary. */
async function twoRegions(): Promise<void> {
  for (const shard of [0, 1]) stage.workers.shard(shard).region = PRIMARY;
  stage.secret('db', { url: 'postgres://db' });
  stage.cluster('ticks', { shards: 2, region: REGION, clusterId: 'ticks' });
  stage.operator('one');
  await stage.stable('ticks');
}

async function role(wanted: string): Promise<void> {
  const now = () => stage.streamCluster('ticks')?.status?.role;
  await until(`the cluster says ${wanted}`, () => now() === wanted, undefined, now);
}

/** Waits until the switchover under way says this. */
async function says(sentence: string): Promise<void> {
  const now = () => stage.switchoverNow('move')?.status?.conditions?.map(({ message }) => message);
  await until(`it says ${sentence}`, () => now()?.includes(sentence) === true, undefined, now);
}

/** Waits until a switchover has ended, and says how. */
async function ended(name: string): Promise<{ phase: string | undefined; message: string }> {
  const now = () => stage.switchoverNow(name)?.status;
  await until('it has ended', () => ['Complete', 'Failed'].includes(now()?.phase ?? ''));
  const said = now()?.conditions?.find(({ type }) => type === 'Complete');
  return { phase: now()?.phase, message: said?.message ?? '' };
}

test('a switchover hands over every shard, and says so step by step', async () => {
  await twoRegions();
  await role('primary, in sync');
  stage.switchover('move', 'ticks', 'east', 'west');
  expect(await ended('move')).toEqual({ phase: 'Complete', message: '2 shards in west.' });
  expect(new Set(stage.workers.handedOver)).toEqual(new Set([0, 1]));
  const steps = stage.switchoverNow('move')?.status?.steps ?? [];
  expect(steps.map(({ name, message }) => `${name}: ${message}`)).toEqual([
    'InSync: 2 shards in sync.',
    'HandOver: 2 shards in west.',
  ]);
  await until('it is told of', () => stage.told('move').includes('Normal Complete'));
  await role('follower, in sync');
});

test('it waits for the other region, and changes nothing meanwhile', async () => {
  await twoRegions();
  const late = stage.workers.shard(1);
  late.region = { ...PRIMARY, inSync: false };
  stage.switchover('move', 'ticks', 'east', 'west');
  await says('Shard 1: west does not hold all of it. It waits.');
  expect(stage.workers.handedOver).toEqual([]);
  late.region = PRIMARY;
  expect((await ended('move')).phase).toBe('Complete');
});

test('a region that is never in sync ends it, with nothing changed', async () => {
  await stage.close();
  stage = await Stage.open({ ...STAGE_LIMITS, switchoverSyncMs: 50 });
  await twoRegions();
  stage.workers.shard(0).region = { ...PRIMARY, inSync: false };
  stage.switchover('move', 'ticks', 'east', 'west');
  expect(await ended('move')).toEqual({
    phase: 'Failed',
    message: 'Shard 0: west does not hold all of it. Nothing was changed.',
  });
  expect(stage.workers.handedOver).toEqual([]);
  await until('it is told of', () => stage.told('move').includes('Warning NotInSync'));
});

test('a shard that stays is tried again, and the others are not moved back', async () => {
  await twoRegions();
  const stuck = stage.workers.shard(0);
  stuck.stays = 'the follower fell behind';
  stage.switchover('move', 'ticks', 'east', 'west');
  await until('one has moved', () => stage.workers.handedOver.includes(1));
  await says('Shard 0: the follower fell behind. It tries again.');
  stuck.stays = undefined;
  expect((await ended('move')).phase).toBe('Complete');
  expect(stage.workers.handedOver).toEqual([1, 0]);
});

test('an operator that follows in the middle goes on, and does nothing twice', async () => {
  for (const shard of [0, 1]) stage.workers.shard(shard).region = PRIMARY;
  stage.secret('db', { url: 'postgres://db' });
  stage.cluster('ticks', { shards: 2, region: REGION, clusterId: 'ticks' });
  const stop = stage.operator('one');
  await stage.stable('ticks');
  stage.workers.shard(0).stays = 'not yet';
  stage.switchover('move', 'ticks', 'east', 'west');
  await until('one has moved', () => stage.workers.handedOver.includes(1));
  await stop();
  stage.workers.shard(0).stays = undefined;
  stage.operator('two');
  expect((await ended('move')).phase).toBe('Complete');
  expect(stage.workers.handedOver).toEqual([1, 0]);
});

test('by force a region takes over that is not in sync, unasked by the other one', async () => {
  await twoRegions();
  for (const shard of [0, 1]) {
    const why = 'the other region is silent';
    stage.workers.shard(shard).region = { ...PRIMARY, role: 'follower', inSync: false, why };
  }
  stage.switchover('take', 'ticks', 'west', 'east', 'Forced');
  expect(await ended('take')).toEqual({ phase: 'Complete', message: '2 shards in east.' });
  expect(new Set(stage.workers.handedOver)).toEqual(new Set([0, 1]));
  const steps = stage.switchoverNow('take')?.status?.steps ?? [];
  expect(steps.map(({ name }) => name)).toEqual(['HandOver']);
  await role('primary, not in sync');
});

test.for([
  ['nowhere', 'east', 'west', 'ClusterMissing', "There is no StreamCluster 'nowhere'"],
  ['alone', 'east', 'west', 'OneRegion', "StreamCluster 'alone' lives in one region"],
  ['ticks', 'east', 'north', 'RegionUnknown', "'ticks' lives in east and west"],
  ['ticks', 'west', 'east', 'OtherRegion', 'Make the RegionSwitchover where the StreamCluster of'],
] as const)('%s, %s to %s: it says %s at once', async ([cluster, from, to, reason, sentence]) => {
  await twoRegions();
  stage.cluster('alone');
  stage.switchover('move', cluster, from, to);
  const { phase, message } = await ended('move');
  expect(phase).toBe('Failed');
  expect(message).toContain(sentence);
  const failed = stage
    .switchoverNow('move')
    ?.status?.conditions?.find(({ type }) => type === 'Failed');
  expect(failed?.reason).toBe(reason);
  expect(stage.workers.handedOver).toEqual([]);
});

test('workers are told of their region, and each of its own peer', async () => {
  await twoRegions();
  const settings = stage.find('/api/v1/configmaps', 'ticks-settings') as unknown as {
    data: Record<string, string>;
  };
  expect(settings.data).toMatchObject({
    FEEDMILL_REGION: 'east',
    FEEDMILL_PEER_REGION: 'west',
    FEEDMILL_WITNESS: 'witness:7411',
  });
  const set = JSON.stringify(stage.find('/apis/apps/v1/statefulsets', 'ticks'));
  expect(set).toContain('"ticks-$(FEEDMILL_SHARD).ticks.west.svc:7400"');
});
