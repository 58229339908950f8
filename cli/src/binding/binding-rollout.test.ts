import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBindingsRecord, writeBindingsRecord } from '../supervisor/bindings-file.ts';
import { ContractWorker } from '../testing/contract-worker.ts';
import { BindingRollout } from './binding-rollout.ts';
import type { BindingsRecord } from './bindings-record.ts';

let dir: string;
let told: string[];

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'feedmill-rollout-'));
  told = [];
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

const record = (shardOf: Record<string, number>, generation = 0): BindingsRecord => ({
  version: 1,
  clusterId: 'c',
  generation,
  shardCount: 2,
  shardOf,
  shards: [0, 1],
  isSettled: false,
});

const silent = { note: () => undefined, warn: () => undefined, show: () => undefined };
const deps = {
  clock: systemClock(),
  random: () => 0,
  reporter: { ...silent, close: () => undefined },
};
const never = new AbortController().signal;

const rollout = (target: BindingsRecord, ...workers: ContractWorker[]): BindingRollout =>
  new BindingRollout((saved) => writeBindingsRecord(dir, saved), target, { workers }, deps);

test('new producers are handed out at once, and the generation is on disk', async () => {
  const workers = [0, 1].map((shard) => new ContractWorker(shard, [], 0, told));
  await rollout(record({ a: 0, b: 1 }), ...workers).apply(never);
  expect(told).toEqual(['1: shard 0 has a', '1: shard 1 has b']);
  expect(await readBindingsRecord(dir)).toEqual({
    ...record({ a: 0, b: 1 }, 1),
    isSettled: true,
  });
});

test('a producer that moves is released by its old shard before the new one gets it', async () => {
  const old = new ContractWorker(0, ['a', 'b'], 4, told);
  old.looksToDrain = 3;
  const target = new ContractWorker(1, [], 4, told);
  await rollout(record({ a: 1, b: 0 }, 4), old, target).apply(never);
  expect(told).toEqual([
    '5: shard 0 has b',
    '5: shard 1 has nobody',
    'shard 0 has released a',
    '6: shard 0 has b',
    '6: shard 1 has a',
  ]);
});

test('a producer that is no longer declared is drained, too', async () => {
  const worker = new ContractWorker(0, ['gone'], 1, told);
  await rollout(record({}, 1), worker).apply(never);
  expect(told).toEqual([
    '2: shard 0 has nobody',
    'shard 0 has released gone',
    '3: shard 0 has nobody',
  ]);
});

test('a move that was broken off by a crash is taken up where the workers stand', async () => {
  // The record names the target already; the old shard still drains.
  const old = new ContractWorker(0, ['a'], 5, told);
  await old.client.setBindings(5, []);
  told.length = 0;
  old.looksToDrain = 2;
  await rollout(record({ a: 1 }, 5), old, new ContractWorker(1, [], 5, told)).apply(never);
  expect(told.indexOf('shard 0 has released a')).toBeLessThan(told.indexOf('7: shard 1 has a'));
});

test('bindings that a killed supervisor had under way give nobody to two shards', async () => {
  const late = new ContractWorker(0, [], 4, told);
  late.afterAnswer = async () =>
    await late.client.setBindings(5, [{ producer: 'a', shard: 0, address: '' }]);
  late.looksToDrain = 2;
  await rollout(record({ a: 1 }, 5), late, new ContractWorker(1, [], 5, told)).apply(never);
  expect(told.indexOf('shard 0 has released a')).toBeGreaterThan(0);
  expect(told.indexOf('shard 0 has released a')).toBeLessThan(told.indexOf('7: shard 1 has a'));
});

test('whoever is held where it belongs goes on while a worker has yet to hear', async () => {
  const behind = new ContractWorker(1, [], 3, told);
  await rollout(record({ a: 0, b: 1 }, 4), new ContractWorker(0, ['a'], 4, told), behind).apply(
    never,
  );
  expect(told).toEqual([
    '5: shard 0 has a',
    '5: shard 1 has nobody',
    '6: shard 0 has a',
    '6: shard 1 has b',
  ]);
});

test('a lost record does not fall behind the generation of the workers', async () => {
  await rollout(record({ a: 0 }), new ContractWorker(0, ['a'], 41, told)).apply(never);
  expect(told).toEqual(['42: shard 0 has a']);
});

test('a worker that is just starting again is waited for', async () => {
  const worker = new ContractWorker(0, [], 0, told);
  worker.absences = 3;
  await rollout(record({ a: 0 }), worker).apply(never);
  expect(told).toEqual(['1: shard 0 has a']);
});

test('a stop in the middle of a move ends the waiting', async () => {
  const old = new ContractWorker(0, ['a'], 0, told);
  old.looksToDrain = Infinity;
  const stop = new AbortController();
  const applied = rollout(record({ a: 1 }), old, new ContractWorker(1, [], 0, told)).apply(
    stop.signal,
  );
  setTimeout(() => stop.abort(), 20);
  await expect(applied).rejects.toThrow('aborted');
});

test('a shard that is drained for good is forgotten', async () => {
  const all = rollout(record({ a: 0 }), new ContractWorker(0, [], 0, told));
  await all.retire([1]);
  expect(await readBindingsRecord(dir)).toMatchObject({ shards: [0] });
});
