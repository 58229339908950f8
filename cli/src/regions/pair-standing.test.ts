import type { RegionStatus } from '@feedmill/core/control/region-status';
import { expect, test } from 'vitest';
import { type PairedShard, pairStanding, standingText } from './pair-standing.ts';

const side = (region: Partial<RegionStatus>): PairedShard['east'] => ({
  shard: 0,
  epoch: 1,
  generation: 1,
  level: 'normal',
  durablePosition: 1,
  committedPosition: 1,
  journalBytes: 0,
  lagMs: 0,
  producers: [],
  region: {
    name: '',
    peer: '',
    role: 'fenced',
    why: '',
    primary: '',
    epoch: 3,
    inSync: true,
    registerVersion: 1,
    isAlone: false,
    isIsolated: false,
    releasedPosition: 1,
    confirmedPosition: 1,
    peerSilentMs: 0,
    witnessSilentMs: 0,
    ...region,
  },
});

const primary = side({ role: 'primary' });
const follower = side({ role: 'follower' });

test.each([
  ['both', primary, follower, 'east is primary, west is in sync.'],
  ['the other way', follower, primary, 'west is primary, east is in sync.'],
  [
    'a follower catches up',
    primary,
    side({ role: 'catching up' }),
    'east is primary, without west.',
  ],
  [
    'a primary alone',
    side({ role: 'primary', isAlone: true }),
    follower,
    'east is primary, without west.',
  ],
  ['a region is away', primary, undefined, 'east is primary, without west.'],
  ['nobody is primary', side({}), follower, 'No region is primary of every shard.'],
  [
    'one stood still',
    primary,
    side({ role: 'primary', epoch: 4 }),
    'west is primary, without east.',
  ],
])('%s', (_case, east, west, text) => {
  expect(standingText(pairStanding([{ shard: 0, east, west }]))).toBe(text);
});

test('shards with different primaries are unsettled', () => {
  const shards = [
    { shard: 0, east: primary, west: follower },
    { shard: 1, east: follower, west: primary },
  ];
  expect(pairStanding(shards)).toEqual({ kind: 'unsettled' });
});
