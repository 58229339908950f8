import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { KindLab, UP_MS_MAX } from './harness/kind-lab.ts';
import { KindRegions, otherSide } from './harness/kind-regions.ts';
import { Timeline } from './harness/timeline.ts';

const TIMELINE = path.resolve('.feedmill-e2e/kind-regions-timeline.txt');

const timeline = new Timeline();
const lab = new KindLab(timeline, 'feedmill-e2e-regions');
const regions = new KindRegions(lab);

afterAll(async () => {
  await lab.fileEvents().catch(() => undefined);
  timeline.write(TIMELINE);
  await lab.down();
});

test(
  'a StreamCluster lives in two regions, and events flow into both',
  async () => {
    await timeline.step('a cluster with a witness', () => regions.create());
    await timeline.step('both regions', () => regions.start());
    await regions.primary();
    expect(await regions.grows('east')).toBeGreaterThan(0);
    expect(await regions.grows('west')).toBeGreaterThan(0);
  },
  UP_MS_MAX,
);

test('a RegionSwitchover hands over, and another one back', async () => {
  const startMs = Date.now();
  for (let times = 0; times < 2; times += 1) {
    const from = await regions.primary();
    const to = otherSide(from);
    const said = await timeline.step(`${from} to ${to}`, () => regions.switchOver(from));
    expect(said).toBe(`2 shards in ${to}.`);
    expect(await regions.primary()).toBe(to);
    expect(await regions.grows(from)).toBeGreaterThan(0);
  }
  const pauseMs = await regions.longestPauseMs('west', startMs);
  timeline.note(`longest pause, two switchovers: ${pauseMs} ms`);
});

test('a node that is lost takes its region along, and the other one goes on', async () => {
  if ((await regions.primary()) === 'west') await regions.switchOver('west');
  expect(await regions.primary()).toBe('east');
  const startMs = Date.now();
  await lab.docker('pause', lab.nodes.second);
  const more = await timeline.step('east is lost: west commits', () =>
    regions.grows('west', 3_000),
  );
  expect(more).toBeGreaterThan(3_000);
  const pauseMs = await regions.longestPauseMs('west', startMs);
  timeline.note(`longest pause, region lost: ${pauseMs} ms`);
  await lab.docker('unpause', lab.nodes.second);
  expect(await timeline.step('east is back', () => regions.primary())).toBe('west');
});

test('in the end both regions hold the same, event for event', async () => {
  await regions.quiesce();
  expect(await regions.compare()).toMatchObject({ ok: true });
  timeline.note(`${await regions.committed('west')} events in both regions`);
});
