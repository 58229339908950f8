import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk } from '@feedmill/core/adapters/node-disk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { joinLives } from './past-lives.ts';

const disk = nodeDisk();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedmill-lives-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('of two processes on a volume only the later one knows the other', async () => {
  expect(await joinLives(disk, folder, 'first')).toEqual(new Set());
  expect(await joinLives(disk, folder, 'second')).toEqual(new Set(['first']));
  expect(await joinLives(disk, folder, 'third')).toEqual(new Set(['first', 'second']));
});

test('who lived long ago is forgotten', async () => {
  for (let life = 1; life <= 70; life += 1) await joinLives(disk, folder, `life ${life}`);
  const before = await joinLives(disk, folder, 'now');
  expect(before.size).toBe(64);
  expect([before.has('life 6'), before.has('life 7')]).toEqual([false, true]);
});

test('on a full volume it goes on, and says who was there before', async () => {
  await joinLives(disk, folder, 'first');
  const full = {
    ...disk,
    replaceFile: () =>
      Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' })),
  };
  expect(await joinLives(full, folder, 'second')).toEqual(new Set(['first']));
  expect(await joinLives(disk, folder, 'third')).toEqual(new Set(['first']));
});

test('a volume that fails says which file it was', async () => {
  const failing = {
    ...disk,
    replaceFile: () => Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })),
  };
  await expect(joinLives(failing, folder, 'first')).rejects.toMatchObject({
    code: 'JOURNAL_IO',
    message: expect.stringContaining(join(folder, 'lives')),
  });
});
