import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readLocalState } from '@feedmill/cli/local-state';
import { isRunning, type ProcessIdentity } from '@feedmill/cli/process-identity';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CommandEnd, FeedmillCommand, feedmill } from '../harness/feedmill-command.ts';
import { say } from '../harness/say.ts';
import { makeTestFolder, removeTestFolder } from '../harness/test-folder.ts';
import { until } from '../harness/waiting.ts';

type Side = 'east' | 'west';

let dir: string;
let started: FeedmillCommand[];

beforeEach(() => {
  dir = makeTestFolder();
  started = [];
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') for (const { output } of started) say(output);
  for (const command of started) command.signal('SIGKILL');
  // Also what a killed command has left: workers that drain, and both Postgres servers.
  await feedmill('down', '--dir', dir);
  await removeTestFolder(dir);
});

function start(...args: string[]): FeedmillCommand {
  const command = new FeedmillCommand('up', ...args, '--no-gateway', '--dir', dir);
  started.push(command);
  return command;
}

const run = async (...args: string[]): Promise<CommandEnd> => await feedmill(...args, '--dir', dir);

interface PairVerdict {
  ok: boolean;
  regions: Record<Side, { ok: boolean }>;
  producers: { producer: string; committed: [number, number]; isEqual: boolean }[];
}

/** What both regions have of the one feed, once it is found sound and equal. */
async function soundCommits(): Promise<[number, number]> {
  const { code, stdout, stderr } = await run('verify', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { ok, regions, producers } = JSON.parse(stdout) as PairVerdict;
  expect([ok, regions.east.ok, regions.west.ok]).toEqual([true, true, true]);
  expect(producers).toHaveLength(1);
  return producers[0]?.committed as [number, number];
}

async function isInSync(primary: Side): Promise<boolean> {
  const { code, stdout } = await run('status', '--json');
  if (code !== 0) return false;
  const status = JSON.parse(stdout) as { primary: Side | null; isInSync: boolean };
  return status.primary === primary && status.isInSync;
}

async function inSync(primary: Side): Promise<void> {
  const last = started.at(-1);
  await until(`${primary} is primary, the other in sync`, () => isInSync(primary), {
    withinMs: 60_000,
    seen: () => last?.output.slice(-1000),
  });
}

/** Workers of a region that run. */
async function workersOf(side: Side): Promise<ProcessIdentity[]> {
  const state = await readLocalState(path.join(dir, side));
  return (state?.workers ?? []).flatMap((each) => each.process ?? []);
}

const kill = (processes: readonly ProcessIdentity[]): void => {
  for (const { pid } of processes) process.kill(pid, 'SIGKILL');
};

test('two regions and a witness run on one machine, move on demand, stop and go on', async () => {
  const up = start('--regions', '2', '--json');
  await up.says(/"witness": /);
  const told = JSON.parse(up.stdout) as {
    primary: Side;
    regions: Record<Side, { postgres: string; workers: { grpc: string }[] }>;
  };
  expect(told.primary).toBe('east');
  const addresses = Object.values(told.regions).flatMap(({ postgres, workers }) => [
    postgres,
    ...workers.map(({ grpc }) => grpc),
  ]);
  expect(new Set(addresses).size).toBe(6);
  await up.says('First row committed');
  await inSync('east');

  const moved = await run('switchover', '--to', 'west');
  expect(moved).toMatchObject({ code: 0, stdout: expect.stringContaining('2 shards in west.') });
  await inSync('west');
  const elsewhere = await run('switchover', '--to', 'north');
  expect(elsewhere).toMatchObject({ code: 2, stderr: expect.stringContaining('east and west') });

  expect((await run('down')).code).toBe(0);
  expect((await up.ended).code).toBe(0);
  const [east, west] = await soundCommits();
  expect(east).toBe(west);

  // Without --regions: a folder stays what it is. Whoever was primary is it again.
  const again = start();
  await again.says('First row committed');
  await inSync('west');
  again.signal('SIGTERM');
  expect((await again.ended).code).toBe(0);
  expect((await run('run', '--source', 'simulated:x?events=1')).stderr).toContain('two regions');
  const [more, same] = await soundCommits();
  expect(more).toBe(same);
  expect(more).toBeGreaterThan(east);
});

test('a region whose processes are killed is replaced and comes back', async () => {
  const up = start('--regions', '2', '--shards', '1');
  await up.says('First row committed');
  await inSync('east');
  const postgres = Number(/east: Postgres runs on port \d+ \(process (\d+)\)/.exec(up.output)?.[1]);
  kill(await workersOf('east'));
  process.kill(postgres, 'SIGKILL');
  await up.says('west is primary, without east.');
  await inSync('west');
  await soundCommits();
  const state = await readLocalState(dir);
  kill(state?.witness?.process === undefined ? [] : [state.witness.process]);
  await up.says('The witness ended with signal SIGKILL');
  await inSync('west');
  up.signal('SIGTERM');
  expect((await up.ended).code).toBe(0);
  const [east, west] = await soundCommits();
  expect(east).toBe(west);
});

test('everything killed at once goes on, and so does a region whose folder is lost', async () => {
  const killed = start('--regions', '2', '--shards', '1');
  await killed.says('First row committed');
  await inSync('east');
  const children = [...(await workersOf('east')), ...(await workersOf('west'))];
  killed.signal('SIGKILL');
  await killed.ended;
  const next = start('--shards', '1');
  await next.says('First row committed');
  await inSync('east');
  expect(children.filter(isRunning)).toEqual([]);
  await soundCommits();
  next.signal('SIGTERM');
  expect((await next.ended).code).toBe(0);

  await rm(path.join(dir, 'west'), { recursive: true });
  const last = start();
  await last.says('First row committed');
  await inSync('east');
  last.signal('SIGTERM');
  expect((await last.ended).code).toBe(0);
  const [east, west] = await soundCommits();
  expect(east).toBe(west);
});
