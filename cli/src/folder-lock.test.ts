import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder, readLockHolder } from './folder-lock.ts';
import { processIdentity } from './process-identity.ts';

const clock = systemClock();
const holderScript = fileURLToPath(new URL('testing/lock-holder.ts', import.meta.url));
let dir: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'feedmill-lock-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(dir, { recursive: true });
});

/** Another process that takes the folder and keeps it; resolves with what it said. */
async function contender(): Promise<{ child: ChildProcess; outcome: string }> {
  const child = spawn(process.execPath, [holderScript, dir], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  const [outcome] = (await once(child, 'message')) as [string];
  return { child, outcome };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

test('a folder has one holder, and is free again after the release', async () => {
  const lock = await lockFolder(dir, 'up', clock);
  await expect(lockFolder(dir, 'run', clock)).rejects.toMatchObject({
    code: 'ALREADY_RUNNING',
    message: expect.stringContaining(`'feedmill up' (process ${process.pid})`),
  });
  await lock.release();
  expect(await readdir(dir)).toEqual([]);
  await (await lockFolder(dir, 'run', clock)).release();
});

test('the lock of a holder that was killed is taken over', async () => {
  const { child } = await contender();
  expect(await readLockHolder(dir)).toMatchObject({ command: 'up' });
  await end(child);
  expect(await readLockHolder(dir)).toBeUndefined();
  const lock = await lockFolder(dir, 'up', clock);
  await lock.release();
  expect(await readdir(dir)).toEqual([]);
});

test('a process that got the number of the dead holder does not hold the folder', async () => {
  const lock = { process: { pid: process.pid, started: 'earlier' }, command: 'up', token: 'x' };
  await writeFile(path.join(dir, 'feedmill.lock'), JSON.stringify(lock));
  expect(await readLockHolder(dir)).toBeUndefined();
  await lockFolder(dir, 'up', clock);
  expect(await readLockHolder(dir)).toMatchObject({ process: processIdentity(process.pid) });
});

test('a lock file that nobody can read holds nothing', async () => {
  await writeFile(path.join(dir, 'feedmill.lock'), '{"proc');
  await lockFolder(dir, 'up', clock);
  expect(await readFile(path.join(dir, 'feedmill.lock'), 'utf8')).toContain('"up"');
});

test('of several who find a dead holder at the same time one gets the folder', async () => {
  const { child } = await contender();
  await end(child);
  const outcomes = await Promise.all(Array.from({ length: 4 }, contender));
  const words = outcomes.map(({ outcome }) => outcome).sort();
  expect(words).toEqual([...Array.from({ length: 3 }, () => 'ALREADY_RUNNING'), 'held']);
});

test('whoever comes while a short command holds the folder waits for it', async () => {
  const sql = await lockFolder(dir, 'sql', clock);
  const waiting = lockFolder(dir, 'up', clock);
  await sql.release();
  await waiting;
  expect(await readLockHolder(dir)).toMatchObject({ command: 'up' });
});
