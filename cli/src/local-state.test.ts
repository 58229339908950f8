import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LocalState, LocalStateFile, readLocalState } from './local-state.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'feedmill-state-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

const initial: LocalState = {
  version: 1,
  command: 'up',
  supervisor: { pid: 1, started: 'x' },
  started: '2026-01-02T03:04:05.000Z',
  workers: [],
  sources: [],
};

test('a folder without a state file has no state', async () => {
  expect(await readLocalState(dir)).toBeUndefined();
});

test('the state is read back as it was written, and nobody else may read the file', async () => {
  const file = new LocalStateFile(dir, initial);
  await file.update({ postgres: { url: 'postgres://feedmill:secret@x/y', embedded: true } });
  expect(await readLocalState(dir)).toEqual(file.state);
  expect((await stat(path.join(dir, 'feedmill.json'))).mode & 0o777).toBe(0o600);
});

test('updates at the same time all arrive, the last one last, and leave no drafts', async () => {
  const file = new LocalStateFile(dir, initial);
  const updates = Array.from({ length: 20 }, (_, shard) =>
    file.update(shard % 2 === 0 ? { workers: [{ shard }] } : { started: `at ${shard}` }),
  );
  await Promise.all(updates);
  const state = await readLocalState(dir);
  expect(state).toMatchObject({ workers: [{ shard: 18 }], started: 'at 19' });
  expect(await readdir(dir)).toEqual(['feedmill.json']);
});

test('a file that is not ours is refused with its path and what is wrong in it', async () => {
  const file = path.join(dir, 'feedmill.json');
  await writeFile(file, JSON.stringify({ ...initial, workers: [{ shard: -1 }] }));
  await expect(readLocalState(dir)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/feedmill\.json .*\/workers\/0\/shard must be >= 0/),
  });
  const whole = await readFile(file, 'utf8');
  await writeFile(file, whole.slice(0, 40));
  await expect(readLocalState(dir)).rejects.toThrow('is not JSON');
});
