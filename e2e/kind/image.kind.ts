import type { StartedTestContainer } from 'testcontainers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../harness/waiting.ts';
import { BASE_IMAGE, ContainerLab, IMAGE } from './harness/container-lab.ts';

const EVENTS = 20_000;
const RATE = 1_000;
const ADDED_MB_MAX = 90;
const BYTES_PER_MB = 1_000_000;
const WITHIN_MS = 240_000;

const lab = new ContainerLab();
let postgres: StartedTestContainer;

beforeAll(async () => {
  await ContainerLab.build();
  postgres = await lab.postgres();
  await lab.migrate();
});

afterAll(async () => {
  await lab.close();
});

test('the image adds less than 90 MB to its base, and has nothing of development', async () => {
  const added = (await ContainerLab.bytes(IMAGE)) - (await ContainerLab.bytes(BASE_IMAGE));
  expect(added / BYTES_PER_MB).toBeLessThan(ADDED_MB_MAX);
  const listed = await ContainerLab.run('--entrypoint=ls', IMAGE, '/app', '/app/node_modules');
  expect(listed.stdout).toContain('pod-worker');
  for (const one of ['vitest', 'typescript', 'vite', '@biomejs', 'testcontainers', '.git']) {
    expect(listed.stdout.split('\n')).not.toContain(one);
  }
  const inspected = await ContainerLab.run('--entrypoint=id', IMAGE, '--user');
  expect(Number(inspected.stdout)).toBeGreaterThan(0);
});

test('a program that the image does not have is refused with those that it has', async () => {
  const { code, stderr } = await ContainerLab.run(IMAGE, 'wroker');
  expect(code).toBe(2);
  expect(stderr).toContain("'wroker' is no program of this image: worker, operator, connector");
});

test('the worker of the image lands all once, though it and its Postgres are killed', async () => {
  const worker = await lab.worker(0, /accepts producers/);
  await lab.bind(worker, 'market');
  const source = `simulated:market?events=${EVENTS}&rate=${RATE}&seed=7`;
  const connector = await lab.connector('market', source);
  const reaches = async (events: number): Promise<void> => {
    let seen: number | undefined;
    await until(
      `${events} events are committed`,
      async () => {
        seen = await lab.committed(postgres, 'market');
        return seen !== undefined && seen >= events;
      },
      { withinMs: WITHIN_MS, everyMs: 250, seen: () => seen },
    );
  };

  await reaches(EVENTS / 8);
  await lab.killed(worker);
  await reaches(EVENTS / 4);
  await lab.killed(postgres);
  await reaches(EVENTS / 2);
  await lab.killed(worker);
  await reaches(EVENTS);

  expect(await lab.ends(connector)).toBe(0);
  const { ok, producers } = await lab.verify(worker);
  expect(producers).toMatchObject([{ producer: 'market', committed: EVENTS, ok: true }]);
  expect(ok).toBe(true);
});

test('a worker that Postgres refuses says so and ends', async () => {
  const worker = await lab.worker(1, /password authentication failed/, 'another');
  expect(await lab.ends(worker)).toBe(1);
});
