import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { afterEach, expect, test } from 'vitest';
import { until } from '../testing/waiting.ts';
import { KeyQueue, type KeyQueueOptions } from './key-queue.ts';

let queue: KeyQueue<string>;

afterEach(async () => {
  await queue.stop();
});

function queueOf(
  work: (key: string) => Promise<number | undefined>,
  options: Partial<KeyQueueOptions<string>> = {},
): KeyQueue<string> {
  queue = new KeyQueue({
    clock: systemClock(),
    random: () => 0.999,
    atOnce: 2,
    retryBaseMs: 20,
    retryCapMs: 200,
    work,
    ...options,
  });
  return queue;
}

/** Work that ends when it is told to. */
function gates() {
  const open: (() => void)[] = [];
  const seen: string[] = [];
  const work = async (key: string): Promise<undefined> => {
    seen.push(key);
    await new Promise<void>((resolve) => open.push(resolve));
  };
  return { open, seen, work };
}

test('a key that is added a hundred times is worked on once', async () => {
  const { open, seen, work } = gates();
  queueOf(work, { atOnce: 1 });
  queue.add('busy');
  for (let at = 0; at < 100; at += 1) queue.add('a');
  expect(queue.depth).toBe(1);
  open.shift()?.();
  await until('a', () => open.length === 1);
  open.shift()?.();
  await delay(10);
  expect(seen).toEqual(['busy', 'a']);
});

test('a key that changes while it is worked on is worked on again afterwards', async () => {
  const { open, seen, work } = gates();
  queueOf(work);
  queue.add('a');
  queue.add('a');
  queue.add('a');
  await delay(10);
  expect(seen).toEqual(['a']);
  open.shift()?.();
  await until('the second time', () => seen.length === 2);
  open.shift()?.();
  await delay(10);
  expect(seen).toEqual(['a', 'a']);
});

test('only so many keys are worked on at the same time', async () => {
  const { open, seen, work } = gates();
  queueOf(work);
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
  await delay(10);
  expect(seen).toEqual(['a', 'b']);
  expect(queue.depth).toBe(2);
  open.shift()?.();
  await until('c', () => seen.length === 3);
  while (seen.length < 4 || open.length > 0) {
    open.shift()?.();
    await delay(1);
  }
  expect(seen).toEqual(['a', 'b', 'c', 'd']);
});

test('a key that fails waits longer each time, and others do not wait for it', async () => {
  const timesMs: number[] = [];
  const others: string[] = [];
  queueOf(async (key) => {
    if (key !== 'bad') others.push(key);
    else if (timesMs.push(performance.now()) < 4) throw new Error('not yet');
    return undefined;
  });
  queue.add('bad');
  queue.add('good');
  await until('success', () => timesMs.length === 4);
  expect(others).toEqual(['good']);
  const waitsMs = timesMs.slice(1).map((each, at) => each - (timesMs[at] ?? 0));
  for (const [at, waitMs] of waitsMs.entries()) expect(waitMs).toBeGreaterThan(18 * 2 ** at);
});

test('work may ask to be looked at again, and an earlier reason wins', async () => {
  const seen: number[] = [];
  const startedMs = performance.now();
  queueOf(async () => {
    seen.push(performance.now() - startedMs);
    return seen.length === 1 ? 10_000 : undefined;
  });
  queue.add('a');
  await until('the first', () => seen.length === 1);
  queue.addAfter('a', 30);
  queue.addAfter('a', 20_000);
  await until('the second', () => seen.length === 2);
  expect(seen[1]).toBeGreaterThan(25);
});

test('after a stop nothing begins, and the stop waits for what is running', async () => {
  const { open, seen, work } = gates();
  queueOf(work, { atOnce: 1 });
  queue.add('a');
  queue.add('b');
  let hasStopped = false;
  const stopped = queue.stop().then(() => {
    hasStopped = true;
  });
  await delay(10);
  expect(hasStopped).toBe(false);
  open.shift()?.();
  await stopped;
  queue.add('c');
  await delay(10);
  expect(seen).toEqual(['a']);
});
