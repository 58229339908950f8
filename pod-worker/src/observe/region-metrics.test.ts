import { create } from '@bufbuild/protobuf';
import {
  RegionRole,
  type RegionState,
  RegionStateSchema,
} from '@feedmill/proto/feedmill/v1/control_pb';
import { expect, test } from 'vitest';
import { WorkerMetrics } from './worker-metrics.ts';

const NEVER_MS = 2 ** 32 - 1;

const stateOf = (role: RegionRole): RegionState =>
  create(RegionStateSchema, {
    name: 'east',
    peer: 'west',
    role,
    primary: 'east',
    epoch: 3,
    inSync: true,
    releasedPosition: 120n,
    confirmedPosition: 118n,
    peerSilentMs: 150,
    witnessSilentMs: NEVER_MS,
  });

async function said(metrics: WorkerMetrics): Promise<string[]> {
  const lines = (await metrics.registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith('feedmill_region_'));
}

test('a worker of one region says nothing of regions', async () => {
  expect(await said(new WorkerMetrics(0))).toEqual([]);
});

test('a role that passed on is 0, and the new one is 1', async () => {
  const metrics = new WorkerMetrics(0);
  metrics.region.note(stateOf(RegionRole.FOLLOWER));
  metrics.region.note(stateOf(RegionRole.PRIMARY));
  const lines = await said(metrics);
  expect(lines).toContain('feedmill_region_role{region="east",role="primary",shard="0"} 1');
  expect(lines).toContain('feedmill_region_role{region="east",role="follower",shard="0"} 0');
});

test('what the follower lacks can be told, and what was never heard is not made up', async () => {
  const metrics = new WorkerMetrics(0);
  metrics.region.note(stateOf(RegionRole.PRIMARY));
  const lines = await said(metrics);
  const position = 'feedmill_region_position{region="east",stage=';
  expect(lines).toContain(`${position}"acknowledged",shard="0"} 120`);
  expect(lines).toContain(`${position}"replicated",shard="0"} 118`);
  expect(lines).toContain('feedmill_region_peer_silence_seconds{region="east",shard="0"} 0.15');
  expect(lines.join('\n')).not.toContain('feedmill_region_witness_silence_seconds');
});

test('a follower makes no guess at what is replicated', async () => {
  const metrics = new WorkerMetrics(0);
  metrics.region.note(stateOf(RegionRole.PRIMARY));
  metrics.region.note(stateOf(RegionRole.FOLLOWER));
  expect((await said(metrics)).join('\n')).not.toContain('stage="replicated"');
});
