import { cp, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Chance } from '../harness/chance.ts';
import { otherSide, type Side } from '../harness/region-pair.ts';
import { durableOf, flows, stagesOfFile } from '../harness/region-stage.ts';
import { pause, until } from '../harness/waiting.ts';

const EVENTS = 120_000;
// Slow enough that it does not end before the last fault: the rest is taken at once afterwards.
const { open, expectEqual } = stagesOfFile(
  {
    producer: 'market',
    source: `simulated:market?events=${EVENTS}&rate=1500&seed=7&start=2025-01-06T14:30:00Z`,
  },
  EVENTS,
);
/** Longer than `takeoverAfterMs`, and than what comes after it. */
const CUT_MS = 2_000;
const HOUR_MS = 3_600_000;

test('a link that comes and goes', async () => {
  const stage = await open('flapping');
  const { pair } = stage;
  const chance = new Chance('flapping');
  for (let round = 0; round < 6; round += 1) {
    for (const side of ['east', 'west'] as const) pair.region(side).toPeer.mute('up');
    await pause(chance.between(100, 1_000));
    for (const side of ['east', 'west'] as const) pair.region(side).toPeer.heal();
    await pause(chance.between(50, 600));
  }
  await expectEqual(stage);
});

test.each([
  ['what the follower says is lost', 'west', 'toPeer', 'up'],
  ['what the primary says is lost', 'west', 'toPeer', 'down'],
  ['what the primary says to the witness is lost', 'east', 'toWitness', 'up'],
  ['what the witness says to the primary is lost', 'east', 'toWitness', 'down'],
] as const)('a link that is cut in one direction: %s', async (_case, side, way, direction) => {
  const stage = await open(`one_way_${way.toLowerCase()}_${direction}`);
  const proxy = stage.pair.region(side)[way];
  proxy.mute(direction);
  await pause(CUT_MS);
  // At most one of the three links is gone: events go on.
  await flows(stage.connector);
  proxy.heal();
  await expectEqual(stage);
});

test('a primary that is heard by all and hears nobody acknowledges nothing', async () => {
  const stage = await open('deaf');
  const { pair, connector } = stage;
  // The witness may have granted what the primary will never know of.
  const ways = [pair.east.toWitness, pair.east.toPeer];
  for (const way of ways) way.mute('down');
  pair.west.toPeer.mute('up');
  await until('east stands still', async () => (await pair.statusOf('east'))?.isIsolated, {
    seen: () => connector.report,
  });
  const before = durableOf(connector);
  await pause(CUT_MS);
  if ((await pair.statusOf('west'))?.role !== 'primary') expect(durableOf(connector)).toBe(before);
  for (const way of [...ways, pair.west.toPeer]) way.heal();
  await expectEqual(stage);
});

test.each([
  ['the primary first', 'east'],
  ['the follower first', 'west'],
] as const)('both regions are killed and come back, %s', async (_case, first) => {
  const stage = await open(`both_${first}`);
  const { pair, connector } = stage;
  await Promise.all([pair.east.worker.kill(), pair.west.worker.kill()]);
  await pair.startWorker(first);
  // It held everything, so it goes on without the other one.
  await pair.becomes(first, 'primary');
  await flows(connector);
  await pair.startWorker(otherSide(first));
  await expectEqual(stage);
});

test('a region that was left behind waits for the one that went on alone', async () => {
  const stage = await open('left_behind');
  const { pair, connector } = stage;
  await pair.west.worker.kill();
  await until('east is alone', async () => (await pair.statusOf('east'))?.isAlone);
  await flows(connector);
  await pair.east.worker.kill();
  await pair.startWorker('west');
  await pause(CUT_MS);
  expect((await pair.statusOf('west'))?.role).not.toBe('primary');
  await pair.startWorker('east');
  expect(await pair.inSync()).toBe('east');
  await expectEqual(stage);
});

test('with Stop nothing is acknowledged without the follower, and the reason is said', async () => {
  const stage = await open('stop', { flags: ['--standby-loss=Stop'] });
  const { pair, connector } = stage;
  await pair.west.worker.kill();
  await until(
    'producers are told',
    () => connector.child.logText().includes('standbyLoss is Stop'),
    {
      seen: () => connector.child.logText().slice(-500),
    },
  );
  const before = durableOf(connector);
  await pause(CUT_MS);
  expect(durableOf(connector)).toBe(before);
  expect((await pair.statusOf('east'))?.role).toBe('primary');
  await pair.startWorker('west');
  await flows(connector);
  await expectEqual(stage);
});

test('a follower that has lost its volume copies it again', async () => {
  const stage = await open('volume');
  const { pair, connector } = stage;
  await pair.west.worker.kill();
  await flows(connector);
  await pair.startWorker('west', 'west-anew');
  expect(await pair.inSync()).toBe('east');
  await pair.east.worker.kill();
  await pair.becomes('west', 'primary');
  await flows(connector);
  await pair.startWorker('east');
  await expectEqual(stage);
});

test('a witness with an old copy of its register moves no epoch back', async () => {
  const stage = await open('old_copy');
  const { lab, pair, connector } = stage;
  await pair.witness.child.kill();
  await cp(lab.volume('witness'), lab.volume('witness-copy'), { recursive: true });
  await pair.startWitness();
  let lost: Side = 'east';
  for (let losses = 0; losses < 2; losses += 1) {
    lost = await pair.inSync();
    await pair.region(lost).worker.kill();
    await pair.becomes(otherSide(lost), 'primary');
    await flows(connector);
    await pair.startWorker(lost);
  }
  const primary = await pair.inSync();
  const epoch = (await pair.statusOf(primary))?.epoch ?? 0;
  await pair.witness.child.kill();
  await rm(lab.volume('witness'), { recursive: true });
  await cp(lab.volume('witness-copy'), lab.volume('witness'), { recursive: true });
  await pair.startWitness();
  await until('the witness sees it', () => pair.witness.child.logText().includes('old copy'));
  await flows(connector);
  expect(await pair.inSync()).toBe(primary);
  await pair.region(primary).worker.kill();
  const promoted = await pair.becomes(otherSide(primary), 'primary');
  expect(promoted.epoch).toBeGreaterThan(epoch);
  await pair.startWorker(primary);
  await expectEqual(stage);
});

test('clocks that are an hour apart change nothing', async () => {
  const clockShiftMs = { east: HOUR_MS, west: -HOUR_MS };
  const stage = await open('clocks', { clockShiftMs });
  const { pair, connector } = stage;
  for (const lost of ['east', 'west'] as const) {
    expect(await pair.inSync()).toBe(lost);
    await pair.region(lost).worker.kill();
    await pair.becomes(otherSide(lost), 'primary');
    await flows(connector);
    await pair.startWorker(lost);
  }
  await expectEqual(stage);
});
