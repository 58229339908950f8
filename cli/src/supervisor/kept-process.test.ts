import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { seededRandom } from '@feedmill/core/random';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endText, KeptProcess, type ProcessEnd } from './kept-process.ts';
import { RestartDelay } from './restart-delay.ts';

const clock = systemClock();
let dir: string;
let kept: KeptProcess | undefined;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'feedmill-kept-'));
});

afterEach(async () => {
  kept?.kill();
  kept = undefined;
  await rm(dir, { recursive: true });
});

interface Life {
  readonly child: KeptProcess;
  readonly ends: ProcessEnd[];
  readonly pids: number[];
  message(): Promise<unknown>;
}

/** Keeps a child that runs `code`; messages are handed out in the order in which they came. */
async function keep(code: string, onEnd: (end: ProcessEnd) => 'restart' | 'leave'): Promise<Life> {
  const script = path.join(dir, 'child.mjs');
  await writeFile(script, code);
  const messages: unknown[] = [];
  const waiting: ((message: unknown) => void)[] = [];
  const ends: ProcessEnd[] = [];
  const pids: number[] = [];
  const child = new KeptProcess(
    { name: 'child', script, args: async () => ['a'], logFile: path.join(dir, 'child.log') },
    {
      onStart: (pid) => pids.push(pid),
      onMessage: (message) => {
        const next = waiting.shift();
        if (next === undefined) messages.push(message);
        else next(message);
      },
      onEnd: (end) => {
        ends.push(end);
        return onEnd(end);
      },
    },
    clock,
    seededRandom(1),
  );
  kept = child;
  child.start();
  const message = (): Promise<unknown> =>
    messages.length > 0
      ? Promise.resolve(messages.shift())
      : new Promise((resolve) => waiting.push(resolve));
  return { child, ends, pids, message };
}

const stays = `process.send(process.argv[2]); process.on('message', () => {});`;

test('a child that is killed is started again', async () => {
  const life = await keep(stays, () => 'restart');
  expect(await life.message()).toBe('a');
  process.kill(life.pids[0] as number, 'SIGKILL');
  expect(await life.message()).toBe('a');
  expect(life.ends.map(endText)).toEqual(['signal SIGKILL']);
  expect(life.pids[1]).not.toBe(life.pids[0]);
});

test('a child that is told to stop ends in its own way and is not started again', async () => {
  const life = await keep(
    `${stays} process.on('SIGTERM', () => process.exit(0));`,
    () => 'restart',
  );
  await life.message();
  expect(await life.child.stop('SIGTERM', 5000)).toBe(true);
  expect(life.ends).toEqual([]);
  expect(life.child.pid).toBeUndefined();
});

test('a child that does not stop in time is killed', async () => {
  const life = await keep(`process.on('SIGTERM', () => {}); ${stays}`, () => 'restart');
  await life.message();
  expect(await life.child.stop('SIGTERM', 50)).toBe(false);
  expect(life.child.pid).toBeUndefined();
});

test('the last words of a child are the last error in its log, not its stack', async () => {
  const code = `
    console.log(JSON.stringify({ level: 50, msg: 'The journal is broken.' }));
    console.log(JSON.stringify({ level: 30, msg: 'Bye.' }));
    process.exit(7);`;
  const life = await keep(code, () => 'leave');
  await expect.poll(() => life.ends).toHaveLength(1);
  expect(life.ends[0]).toMatchObject({ code: 7, words: 'The journal is broken.' });

  const thrown = await keep('throw new Error("no such thing")', () => 'leave');
  await expect.poll(() => thrown.ends).toHaveLength(1);
  expect(thrown.ends[0]).toMatchObject({ code: 1, words: 'Error: no such thing' });
});

test('waits double up to a cap and start over after a long life', () => {
  const delay = new RestartDelay(() => 1);
  const waits = Array.from({ length: 8 }, () => delay.next(0));
  expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  expect(delay.next(20_000)).toBe(100);
  expect(new RestartDelay(() => 0).next(0)).toBe(50);
});
