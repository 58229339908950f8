import { type LocalState, readLocalState } from '@feedmill/cli/local-state';
import { isRunning } from '@feedmill/cli/process-identity';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandEnd, FeedmillCommand, feedmill } from './harness/feedmill-command.ts';
import { say } from './harness/say.ts';
import { makeTestFolder, removeTestFolder } from './harness/test-folder.ts';
import { until } from './harness/waiting.ts';

let dir: string;
let started: FeedmillCommand[];

beforeEach(() => {
  dir = makeTestFolder();
  started = [];
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') for (const { output } of started) say(output);
  for (const command of started) command.signal('SIGKILL');
  // Also what a killed command has left: workers that drain, and Postgres.
  await feedmill('down', '--dir', dir);
  await removeTestFolder(dir);
});

function start(...args: string[]): FeedmillCommand {
  const command = new FeedmillCommand(...args, '--dir', dir);
  started.push(command);
  return command;
}

const run = async (...args: string[]): Promise<CommandEnd> => await feedmill(...args, '--dir', dir);

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

interface RunDocument {
  sources: { producer: string; shard: number; sent: number; durable: number; committed: number }[];
  tables: Record<string, number>;
  events: number;
  latencyMs: { p50: number; p99: number };
}

interface VerifyDocument {
  ok: boolean;
  producers: {
    producer: string;
    acknowledged: number;
    committed: number;
    missing: number;
    duplicated: number;
    orderBroken: number;
    hash: string;
  }[];
}

interface StatusDocument {
  state: string;
  shards: { shard: number; epoch: number; pid: number }[];
  feeds: { producer: string; shard: number; durable: number; committed: number | null }[];
}

/** Once the workers answer: a killed one is away for a moment. */
async function committedNow(): Promise<number> {
  return await until('every feed says what it has committed', async () => {
    const { feeds } = await json<StatusDocument>('status');
    const committed = feeds.map((feed) => feed.committed);
    if (committed.length === 0 || committed.includes(null)) return undefined;
    return { sum: committed.reduce<number>((sum, each) => sum + (each ?? 0), 0) };
  }).then(({ sum }) => sum);
}

async function expectSound(): Promise<VerifyDocument> {
  const verdict = await json<VerifyDocument>('verify');
  expect(verdict.ok).toBe(true);
  for (const { acknowledged, committed, missing, duplicated, orderBroken } of verdict.producers) {
    expect(committed).toBeGreaterThanOrEqual(acknowledged);
    expect({ missing, duplicated, orderBroken }).toEqual({
      missing: 0,
      duplicated: 0,
      orderBroken: 0,
    });
  }
  return verdict;
}

describe('feedmill run', () => {
  const two = [
    '--source=simulated:a?events=12000&seed=1',
    '--source=simulated:b?events=8000&seed=2',
    '--speed=0',
  ];

  it('commits every event once, says so in one document, and leaves a folder to ask', async () => {
    const first = await json<RunDocument>('run', ...two, '--shards', '2');
    expect(
      first.sources.map(({ producer, sent, durable, committed }) => [
        producer,
        sent,
        durable,
        committed,
      ]),
    ).toEqual([
      ['a', 12_000, 12_000, 12_000],
      ['b', 8_000, 8_000, 8_000],
    ]);
    expect(new Set(first.sources.map(({ shard }) => shard)).size).toBe(2);
    expect(first.events).toBe(20_000);
    expect(first.latencyMs.p50).toBeGreaterThan(0);
    expect(first.tables['trade']).toBeGreaterThan(5000);
    expect(first.tables['bar']).toBeGreaterThan(0);

    const { rows } = await json<{ rows: { name: string; last_sequence: string }[] }>(
      'sql',
      'select name, last_sequence from producer order by name',
    );
    expect(rows).toEqual([
      { name: 'a', last_sequence: '12000' },
      { name: 'b', last_sequence: '8000' },
    ]);
    const { state, feeds } = await json<StatusDocument>('status');
    expect(state).toBe('stopped');
    expect(feeds.map(({ committed }) => committed)).toEqual([12_000, 8_000]);

    const before = await expectSound();
    // The same again finds everything done; nothing is added.
    const again = await json<RunDocument>('run', ...two);
    expect(again.events).toBe(0);
    expect(again.tables).toEqual(first.tables);
    expect((await expectSound()).producers).toEqual(before.producers);
  });

  it('that is broken off ends with 1, and the same command goes on to the end', async () => {
    const source = 'simulated:slow?events=60000&rate=5000';
    const broken = start('run', '--source', source);
    await until('something runs', async () => (await run('status')).code === 0);
    await until('something is committed', async () => (await committedNow()) > 0);
    broken.signal('SIGINT');
    const { code, stderr } = await broken.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('the same command goes on');
    const { sources, events } = await json<RunDocument>('run', '--source', source, '--speed', '0');
    expect(sources[0]?.committed).toBe(60_000);
    expect(events).toBeLessThan(60_000);
    await expectSound();
  });
});

describe('feedmill up', () => {
  it('says where it is, answers beside, refuses a second one, and stops in order', async () => {
    const up = start('up', '--json', '--shards', '2');
    await up.says(/"sources": \[/);
    const addresses = JSON.parse(up.stdout) as { pid: number; workers: { grpc: string }[] };
    expect(addresses.pid).toBe(up.pid);
    expect(addresses.workers).toHaveLength(2);
    await up.says('First row committed');

    expect((await json<StatusDocument>('status')).state).toBe('running');
    const { rows } = await json<{ rows: { count: string }[] }>('sql', 'select count(*) from trade');
    expect(Number(rows[0]?.count)).toBeGreaterThan(0);
    await expectSound();

    const second = await run('up');
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`'feedmill up' (process ${up.pid})`);

    expect(await json('down')).toMatchObject({ stopped: true, wasRunning: true });
    const { code, stdout, stderr } = await up.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/Stopped after .* events committed\./);
    // Still the one document.
    expect(JSON.parse(stdout)).toEqual(addresses);
    expect(await json('down')).toMatchObject({ stopped: false });
  });

  it('goes on after kill -9 of the supervisor, and nobody of the old one stays', async () => {
    const killed = start('up', '--shards', '2');
    await killed.says('First row committed');
    const before = await committedNow();
    const state = (await readLocalState(dir)) as LocalState;
    killed.signal('SIGKILL');
    await killed.ended;
    const next = start('up', '--shards', '2');
    await next.says('Postgres was still running');
    await next.says('First row committed');
    const children = [...state.workers, ...state.sources].flatMap(({ process }) => process ?? []);
    expect(children).toHaveLength(3);
    expect(children.filter(isRunning)).toEqual([]);
    expect(await committedNow()).toBeGreaterThan(before);
    await expectSound();
  });

  it('brings back a worker, a source and Postgres that were killed', async () => {
    const up = start('up', '--shards', '1');
    await up.says('First row committed');
    const { workers, sources } = (await readLocalState(dir)) as LocalState;
    const worker = workers[0]?.process?.pid as number;
    const source = sources[0]?.process?.pid as number;
    const postgres = Number(/Postgres runs on port \d+ \(process (\d+)\)/.exec(up.output)?.[1]);
    for (const [pid, words] of [
      [worker, 'Worker 0 ended with signal SIGKILL'],
      [source, 'Source market ended with signal SIGKILL'],
      [postgres, 'Postgres ended and is started again'],
    ] as const) {
      process.kill(pid, 'SIGKILL');
      await up.says(words);
      const reached = await committedNow();
      await until('more is committed', async () => (await committedNow()) > reached);
    }
    await expectSound();
    up.signal('SIGTERM');
    expect((await up.ended).code).toBe(0);
    await expectSound();
  });

  it('moves its feeds when the number of shards changes, and loses nothing', async () => {
    const feeds = ['a', 'b', 'c'];
    const sources = feeds.flatMap((name) => ['--source', `simulated:${name}?rate=500`]);
    const moved: number[][] = [];
    for (const shards of ['3', '1', '2']) {
      const up = start('up', '--shards', shards, ...sources);
      await up.says(/Folder /);
      const reached = await committedNow();
      await until('more is committed', async () => (await committedNow()) > reached);
      // A shard that is given up commits what it has before it leaves the list.
      const status = await until(`${shards} shards are left`, async () => {
        const seen = await json<StatusDocument>('status');
        return seen.shards.length === Number(shards) && seen;
      });
      moved.push(status.feeds.map(({ shard }) => shard));
      up.signal('SIGINT');
      expect((await up.ended).code).toBe(0);
      await expectSound();
    }
    expect(moved[1]).toEqual([0, 0, 0]);
    expect(new Set(moved[2]).size).toBe(2);
  });

  it('is forced by a second signal when a worker hangs, and the next one goes on', async () => {
    const up = start('up', '--shards', '1');
    await up.says('First row committed');
    const { workers } = (await readLocalState(dir)) as LocalState;
    process.kill(workers[0]?.process?.pid as number, 'SIGSTOP');
    up.signal('SIGINT');
    await up.says('stopping');
    up.signal('SIGINT');
    expect((await up.ended).code).toBe(130);
    const next = start('up', '--shards', '1');
    await next.says('First row committed');
    await expectSound();
  });
});
