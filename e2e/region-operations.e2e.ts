import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { keepReport, reportOf } from '@feedmill/cli/drill/kept-report';
import { readLocalState } from '@feedmill/cli/local-state';
import type { PairStanding } from '@feedmill/cli/regions/pair-standing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FeedmillCommand, feedmill } from './harness/feedmill-command.ts';
import { makeTestFolder, removeTestFolder } from './harness/test-folder.ts';
import { pause, until } from './harness/waiting.ts';

type Side = Extract<PairStanding, { kind: 'alone' }>['primary'];

interface Switchover {
  readonly id: string;
  readonly owner: string;
  readonly state: string;
  readonly pause_ms: number | null;
  readonly message: string | null;
  readonly steps: readonly { name: string; state: string; took_ms: number | null }[];
}

const SHARDS = 2;
const NAME = 'region-loss';
const REGIONS = ['east', 'west'] as const;

let dir: string;
let up: FeedmillCommand;
let doors: Readonly<Record<Side, { url: string; key: string }>>;

async function doorOf(region: Side): Promise<{ url: string; key: string }> {
  const folder = path.join(dir, region);
  const url = await until(`${region} has an API`, async () => {
    return (await readLocalState(folder))?.gateway?.url;
  });
  const file = await readFile(path.join(folder, 'gateway-key.json'), 'utf8');
  return { url, key: (JSON.parse(file) as { key: string }).key };
}

beforeAll(async () => {
  dir = makeTestFolder();
  up = new FeedmillCommand(
    'up',
    `--dir=${dir}`,
    '--regions=2',
    `--shards=${SHARDS}`,
    '--source=simulated:market?rate=300',
  );
  await up.says('east is primary, west is in sync.');
  doors = { east: await doorOf('east'), west: await doorOf('west') };
}, 120_000);

afterAll(async () => {
  up.signal('SIGINT');
  await up.ended;
  await feedmill('down', '--dir', dir);
  await removeTestFolder(dir);
});

async function ask(at: Side, method: string, target: string, body?: object, as?: string) {
  const { url, key } = doors[at];
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  return await fetch(`${url}/v1/${target}`, {
    method,
    headers: { authorization: `Bearer ${as ?? key}`, ...json },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function jsonOf<T>(at: Side, target: string): Promise<T> {
  const response = await ask(at, 'GET', target);
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

const itemsOf = async <T>(at: Side, target: string): Promise<T[]> =>
  (await jsonOf<{ items: T[] }>(at, target)).items;

async function inSync(primary: Side): Promise<void> {
  for (const at of REGIONS) {
    await until(`${at} sees ${primary} lead, in sync`, async () => {
      const regions = await itemsOf<{ region: string; role: string; in_sync: boolean }>(
        at,
        'regions',
      );
      return (
        regions.length === 2 &&
        regions.every((each) => each.in_sync) &&
        regions.find(({ role }) => role === 'primary')?.region === primary
      );
    });
  }
}

async function ended(at: Side, id: string): Promise<Switchover> {
  return await until('the switchover has ended', async () => {
    const seen = await jsonOf<Switchover>(at, `switchovers/${id}`);
    return seen.state !== 'running' && seen;
  });
}

async function expectRefusal(response: Response, status: number, words: string): Promise<void> {
  const { detail } = (await response.json()) as { detail: string };
  expect({ status: response.status, detail }).toEqual({
    status,
    detail: expect.stringContaining(words),
  });
}

test('each gateway tells of both regions, and of the drills of their folder', async () => {
  await inSync('east');
  const counts = { repetitions: 1, acknowledged: 5, lost: 0, doubled: 0, unequal: 0, ok: true };
  const spread = { p50: 1, p99: 1, max: 1 };
  const summary = { ...counts, streamRtoMs: spread, storeRtoMs: spread };
  const end = { name: NAME, startedMs: 1, summary, why: undefined } as const;
  await keepReport(dir, reportOf(end, 1));
  for (const at of REGIONS) {
    expect((await itemsOf<{ drill: string }>(at, 'drills')).map(({ drill }) => drill)).toEqual([
      NAME,
    ]);
  }
});

test('what cannot be switched over is refused in a sentence', async () => {
  const east = path.join(dir, 'east');
  const made = await feedmill('key', 'add', 'reader', '--scope=read', '--json', '--dir', east);
  const { key: reader } = JSON.parse(made.stdout) as { key: string };
  const start = (body: object) => ask('east', 'POST', 'switchovers', body);
  const asReader = await ask('east', 'POST', 'switchovers', { to: 'west' }, reader);
  await expectRefusal(asReader, 403, "'operate'");
  await expectRefusal(await start({}), 400, 'to');
  await expectRefusal(await start({ to: 'north' }), 422, 'east and west');
  await expectRefusal(await start({ to: 'east' }), 409, 'primary of every shard already');
  await expectRefusal(await start({ to: 'west', from: 'west' }), 409, 'comes from east');
  await expectRefusal(await start({ to: 'west', forced: true }), 422, "say 'west' there");
  await expectRefusal(await ask('east', 'GET', 'switchovers/none'), 404, "'none'");
  expect(await itemsOf('east', 'switchovers')).toEqual([]);
});

test('a planned switchover tells each step, and both gateways know it', async () => {
  const started = await ask('west', 'POST', 'switchovers', { from: 'east', to: 'west' });
  expect(started.status).toBe(202);
  const { id } = (await started.json()) as Switchover;
  const second = await ask('east', 'POST', 'switchovers', { to: 'west' });
  expect(second.status).toBe(409);
  const done = await ended('west', id);
  expect(done).toMatchObject({ state: 'done', owner: 'local', message: '2 shards in west.' });
  expect(done.steps.map(({ name, state }) => `${name}: ${state}`)).toEqual([
    'shard 0: done',
    'shard 1: done',
    'east follows in sync: done',
  ]);
  const slowest = Math.max(...done.steps.slice(0, SHARDS).map(({ took_ms }) => took_ms ?? 0));
  expect(done.pause_ms).toBe(slowest);
  expect(await jsonOf('east', `switchovers/${id}`)).toEqual(done);
  await inSync('west');
  const log = await readFile(path.join(dir, 'west', 'logs', 'gateway.log'), 'utf8');
  const asked = log.split('\n').find((line) => line.includes('"target":"/v1/switchovers"'));
  expect(JSON.parse(asked ?? '{}')).toMatchObject({
    audit: { method: 'POST', name: 'local', status: 202 },
  });
});

test('a region that is not in sync takes over by force alone', async () => {
  const workers = (await readLocalState(path.join(dir, 'east')))?.workers ?? [];
  const pids = workers.flatMap(({ process: identity }) => identity?.pid ?? []);
  expect(pids).toHaveLength(SHARDS);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await until('west goes on alone', async () => {
      const regions = await itemsOf<{ in_sync: boolean }>('west', 'regions');
      return regions.every((each) => !each.in_sync);
    });
    // The supervisor asks the workers once a second, too.
    await pause(2_000);
    const refused = await ask('west', 'POST', 'switchovers', { to: 'east' });
    await expectRefusal(refused, 409, 'by force');
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
  await inSync('west');
  const wish = { to: 'east', forced: true, confirm: 'east' };
  const forced = await ask('west', 'POST', 'switchovers', wish);
  expect(forced.status).toBe(202);
  const { id } = (await forced.json()) as Switchover;
  expect(await ended('east', id)).toMatchObject({ state: 'done', message: '2 shards in east.' });
});

test('the simulated market of two regions is steered at either gateway', async () => {
  await inSync('east');
  const market = { feed: 'market', running: true, rate: 300 };
  for (const at of REGIONS) expect(await itemsOf(at, 'simulations')).toEqual([market]);
  expect((await ask('west', 'DELETE', 'simulations/market')).status).toBe(204);
  for (const at of REGIONS) {
    await until('it is told', async () => {
      const [seen] = await itemsOf<typeof market>(at, 'simulations');
      return seen?.running === false;
    });
  }
  const durable = async (): Promise<number> => {
    const [feed] = await itemsOf<{ durable_through: string }>('east', 'feeds');
    return Number(feed?.durable_through);
  };
  // What was under way when it stopped has been counted by then.
  await pause(2_000);
  const stopped = await durable();
  const again = await ask('east', 'POST', 'simulations', { feed: 'market', rate: 600 });
  expect(await again.json()).toEqual({ ...market, rate: 600 });
  await until('it goes on', async () => (await durable()) > stopped);
});

test('after all of that every acknowledged event stands once and in order', async () => {
  await inSync('east');
  const { code, stdout } = await feedmill('verify', '--dir', dir);
  expect(code, stdout).toBe(0);
});
