import { expect, test } from 'vitest';
import { feedmill } from '../harness/feedmill-command.ts';
import type { PairedRegion, RegionPair } from '../harness/region-pair.ts';
import { flows, stagesOfFile } from '../harness/region-stage.ts';
import { say } from '../harness/say.ts';
import { pause, until } from '../harness/waiting.ts';

const EVENTS = 120_000;
const { source, open, expectEqual } = stagesOfFile(
  {
    producer: 'market',
    source: `simulated:market?events=${EVENTS}&rate=2000&seed=9&start=2025-01-06T14:30:00Z`,
  },
  EVENTS,
);
const NOT_YET_MS = 2_000;
/** Journal entries that take longer than a checkpoint's interval. */
const CHECKPOINT_ENTRIES = 50;

async function rebuilt(from: PairedRegion, into: PairedRegion): Promise<void> {
  const end = await feedmill('rebuild', '--from', from.url, '--into', into.url);
  expect({ code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({
    code: 0,
    stderr: '',
  });
}

/** What a region's worker says in its log. */
async function says({ worker }: PairedRegion, words: string): Promise<void> {
  await until(`${worker.child.name} says ${words}`, () => worker.child.logText().includes(words), {
    seen: () => worker.child.lastWords(),
  });
}

async function catchesUp(pair: RegionPair): Promise<void> {
  const startedMs = performance.now();
  await pair.inSync();
  say(`rebuild: in sync ${Math.round(performance.now() - startedMs)} ms after its start`);
}

test('a follower without volume and rows is rebuilt and copies the rest', async () => {
  const stage = await open('rebuilt', { flags: ['--checkpoint-interval-ms=500'] });
  const { pair, connector } = stage;
  await pair.west.worker.kill();
  await flows(connector);
  const before = (await pair.east.worker.state()).committedPosition;
  await until('a checkpoint is saved', async () => {
    const { committedPosition } = await pair.east.worker.state();
    return committedPosition > before + CHECKPOINT_ENTRIES;
  });
  await rebuilt(pair.east, pair.west);
  await pair.startWorker('west', 'west-anew');
  await says(pair.west, '"checkpointFrom":"postgres"');
  await catchesUp(pair);
  await expectEqual(stage);
});

test('a region that others went on without by force is rebuilt and follows', async () => {
  const stage = await open('forced');
  const { pair, connector } = stage;
  await pair.west.worker.kill();
  await until('east is alone', async () => (await pair.statusOf('east'))?.isAlone);
  await flows(connector);
  await pair.east.worker.kill();
  const { address } = await pair.startWorker('west');
  await pause(NOT_YET_MS);
  expect((await pair.statusOf('west'))?.role).not.toBe('primary');
  const forced = await feedmill('switchover', '--to', 'west', '--force', '--worker', address);
  expect(forced).toMatchObject({ code: 0, stdout: expect.stringContaining('west is primary') });
  await pair.becomes('west', 'primary');

  await pair.startWorker('east');
  await says(pair.east, 'REGION_DIVERGED');
  await pair.east.worker.kill();
  await rebuilt(pair.west, pair.east);
  await pair.startWorker('east', 'east-anew');
  await catchesUp(pair);
  // What it had been promised is gone: the source has to say it again.
  await connector.child.ended;
  expect(connector.child.lastWords()).toContain('Start the producer anew');
  await expectEqual({ ...stage, connector: pair.startConnector(source) });
});
