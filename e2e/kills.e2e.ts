import { existsSync } from 'node:fs';
import { setImmediate as yieldTurn } from 'node:timers/promises';
import { recordedPath } from '@feedmill/producer/capture/testing/recorded-data';
import { expect, test } from 'vitest';
import { Chance } from './harness/chance.ts';
import { postgresOfFile } from './harness/file-postgres.ts';
import { KillablePipeline, type PipelineSource } from './harness/killable-pipeline.ts';
import { Lab } from './harness/lab.ts';
import { say } from './harness/say.ts';
import { digestTables } from './harness/table-digest.ts';
import { pause, within } from './harness/waiting.ts';

const KILLS = 100;
const CAPTURE = recordedPath('binance/spot/btcusdt_20240808.gz');
const WORKER_FLAGS = [
  '--store-book-deltas',
  // Small and often, so that kills meet checkpoints, new segments and the giving up of old ones.
  `--segment-bytes=${16 * 1024 * 1024}`,
  '--checkpoint-interval-ms=500',
];

// Slow enough that no source ends before the last kill: the rest is taken at once afterwards.
const SOURCES: readonly PipelineSource[] = [
  {
    producer: 'market',
    source: 'simulated:market?events=400000&rate=2000&seed=8&start=2025-01-06T14:30:00Z',
    speed: 1,
  },
  ...(existsSync(CAPTURE)
    ? [{ producer: 'btcusdt', source: `capture:binance:${CAPTURE}`, speed: 2 }]
    : []),
];

type Victim = 'worker' | 'producer' | 'postgres';

/** Where somebody is killed. */
type Point =
  | 'at a random moment'
  | 'before the append'
  | 'after the sync, before the ack'
  | 'in the middle of COPY'
  | 'after COMMIT, before the ack'
  | 'while a checkpoint is saved';

interface Kill {
  readonly victim: Victim;
  readonly point: Point;
}

const NAMED_POINTS: readonly Kill[] = [
  { victim: 'worker', point: 'before the append' },
  { victim: 'producer', point: 'before the append' },
  { victim: 'worker', point: 'after the sync, before the ack' },
  { victim: 'producer', point: 'after the sync, before the ack' },
  { victim: 'worker', point: 'in the middle of COPY' },
  { victim: 'postgres', point: 'in the middle of COPY' },
  { victim: 'worker', point: 'after COMMIT, before the ack' },
  { victim: 'postgres', point: 'after COMMIT, before the ack' },
  { victim: 'worker', point: 'while a checkpoint is saved' },
  { victim: 'postgres', point: 'while a checkpoint is saved' },
];
const KILLS_AT_EACH_POINT = 5;
const RANDOM_DELAY_MS_MAX = 400;

const postgres = postgresOfFile();

test(`${KILLS} kills over running feeds lose, double and reorder nothing`, async () => {
  const chance = new Chance('kills');
  if (SOURCES.length === 1) say(`kills: without a capture, ${CAPTURE} is missing`);

  const undisturbedLab = await Lab.open('undisturbed', postgres());
  const undisturbed = await KillablePipeline.start(undisturbedLab, SOURCES, WORKER_FLAGS);
  await undisturbed.finish();
  const expected = await digestTables(undisturbedLab.url);
  expect(expected.faults).toEqual([]);

  const lab = await Lab.open('disturbed', postgres());
  const pipeline = await KillablePipeline.start(lab, SOURCES, WORKER_FLAGS);
  const done = new Map<string, number>();
  for (const kill of chance.shuffled(planOfKills())) {
    await perform(kill, pipeline, chance);
    const name = `${kill.victim} ${kill.point}`;
    done.set(name, (done.get(name) ?? 0) + 1);
  }
  const reports = await pipeline.finish();
  const found = await digestTables(lab.url);

  for (const [name, count] of [...done].sort(([one], [other]) => one.localeCompare(other)))
    say(`kills: ${count} of ${name}`);
  say(`kills: ${found.events} events committed`);
  for (const { victim, point } of NAMED_POINTS) {
    expect(done.get(`${victim} ${point}`), point).toBe(KILLS_AT_EACH_POINT);
  }
  expect(pipeline.faults).toEqual([]);
  for (const [index, { committed }] of reports.entries()) {
    expect(committed).toBeGreaterThanOrEqual(pipeline.feeds[index]?.acknowledged ?? Infinity);
  }
  expect(found.faults).toEqual([]);
  expect(found.tables).toEqual(expected.tables);
});

function planOfKills(): Kill[] {
  const plan = NAMED_POINTS.flatMap((kill) => Array<Kill>(KILLS_AT_EACH_POINT).fill(kill));
  const victims: readonly Victim[] = ['worker', 'producer', 'postgres'];
  while (plan.length < KILLS) {
    const victim = victims[plan.length % victims.length] as Victim;
    plan.push({ victim, point: 'at a random moment' });
  }
  return plan;
}

async function perform(
  { victim, point }: Kill,
  pipeline: KillablePipeline,
  chance: Chance,
): Promise<void> {
  const feed = pipeline.feeds[chance.between(0, pipeline.feeds.length - 1)];
  if (feed === undefined) throw new Error('there is no feed');
  switch (point) {
    case 'at a random moment':
      // Whatever the others are doing: recovering, perhaps, from the kill before.
      await pause(chance.between(0, RANDOM_DELAY_MS_MAX));
      if (victim === 'postgres') await pipeline.postgresIsBack();
      break;
    case 'before the append':
      await within(`a batch of ${feed.declared.producer}`, feed.proxy.catchBatch());
      break;
    case 'after the sync, before the ack':
      await pipeline.flowing(feed);
      if (victim === 'worker') await beSyncedUnheard(pipeline);
      else {
        // From here on the producer hears nothing of what becomes durable.
        feed.proxy.withholdAcks();
        await pipeline.flowing(feed);
      }
      break;
    case 'in the middle of COPY':
      await within('a COPY', pipeline.postgresProxy.catchAt('in-copy'));
      break;
    case 'after COMMIT, before the ack':
      await within('a COMMIT', pipeline.postgresProxy.catchAt('committed'));
      break;
    case 'while a checkpoint is saved':
      await within('a checkpoint', pipeline.postgresProxy.catchAt('in-checkpoint'));
  }
  switch (victim) {
    case 'worker':
      await pipeline.killWorker();
      return;
    case 'producer':
      await pipeline.killConnector(feed);
      return;
    case 'postgres':
      pipeline.killPostgres();
  }
}

/** Returns when the worker has synced entries whose producers hear nothing. */
async function beSyncedUnheard({ worker, feeds }: KillablePipeline): Promise<void> {
  for (const { proxy } of feeds) proxy.withholdAcks();
  const before = worker.acknowledgedPosition();
  const deadlineMs = performance.now() + 10_000;
  // Not with the pauses of `until`: the next thing that the worker does is to acknowledge.
  while (worker.acknowledgedPosition() === before) {
    if (performance.now() > deadlineMs) throw new Error('no entry became durable in 10 s');
    await yieldTurn();
  }
}
