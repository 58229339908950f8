import type { ShardLevel, ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { expect, test } from 'vitest';
import type { ConnectorReport } from './child-message.ts';
import { type FeedFacts, feedRow } from './feed-rows.ts';

const report: ConnectorReport = {
  type: 'report',
  producer: 'market',
  shard: 1,
  sent: 120,
  durable: 100,
  committed: 80,
  resumedAfter: 0,
  fraction: null,
  problems: {},
};

const snapshot = (level: ShardLevel, connected = true): ShardSnapshot => ({
  shard: 1,
  epoch: 3,
  generation: 2,
  level,
  durablePosition: 9,
  committedPosition: 8,
  journalBytes: 4096,
  lagMs: 7,
  producers: [
    {
      producer: 'market',
      bound: true,
      connected,
      received: 110,
      durable: 105,
      committed: 79,
      duplicates: 0,
      gaps: 2,
      deadLetters: 0,
    },
  ],
});

const running = { isRunning: true, isDone: false, isHalted: false, hasFailed: false, report };
const up = { isUp: true, wasReady: true, hasFailed: false, snapshot: snapshot('normal') };
const facts: FeedFacts = {
  producer: 'market',
  shard: 1,
  eventsPerSecond: 2000,
  isStopping: false,
  worker: up,
  connector: running,
};

const conditionOf = (change: Partial<FeedFacts>) => feedRow({ ...facts, ...change }).condition;

test('a feed is as far as the newer word of worker and connector', () => {
  expect(feedRow(facts)).toEqual({
    producer: 'market',
    shard: 1,
    eventsPerSecond: 2000,
    durable: 105,
    committed: 80,
    lagMs: 7,
    gaps: 2,
    condition: 'ok',
  });
});

test('the worker comes first where several things are wrong', () => {
  const connector = { ...running, hasFailed: true };
  expect(conditionOf({ connector })).toBe('failed');
  expect(conditionOf({ connector, worker: { ...up, isUp: false } })).toBe('restarting');
  expect(conditionOf({ worker: { ...up, isUp: false, wasReady: false } })).toBe('starting');
  expect(conditionOf({ worker: { ...up, snapshot: snapshot('spilling') } })).toBe('spilling');
});

test('a connector that is done stays done, one that crashed is restarting', () => {
  expect(conditionOf({ connector: { ...running, isRunning: false, isDone: true } })).toBe('done');
  expect(conditionOf({ connector: { ...running, isRunning: false, isHalted: true } })).toBe(
    'stopped',
  );
  expect(conditionOf({ connector: { ...running, isRunning: false } })).toBe('restarting');
});

test('while everything stops, a worker that has ended is no crash', () => {
  expect(conditionOf({ isStopping: true })).toBe('stopping');
  expect(conditionOf({ isStopping: true, worker: { ...up, isUp: false } })).toBe('stopped');
});

test('a producer from outside is waited for until it is connected', () => {
  const away = { ...up, snapshot: snapshot('normal', false) };
  expect(conditionOf({ connector: undefined, worker: away })).toBe('waiting');
  expect(conditionOf({ connector: undefined })).toBe('ok');
});
