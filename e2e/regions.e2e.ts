import { expect, test } from 'vitest';
import { digestCalmRun } from './harness/calm-run.ts';
import { postgresOfFile } from './harness/file-postgres.ts';
import { Lab } from './harness/lab.ts';
import { otherSide, RegionPair } from './harness/region-pair.ts';
import { say } from './harness/say.ts';
import type { TableDigest } from './harness/table-digest.ts';
import { pause, until } from './harness/waiting.ts';

const EVENTS = 200_000;
// Slow enough that it does not end before the last fault: the rest is taken at once afterwards.
const SOURCE = {
  producer: 'market',
  source: `simulated:market?events=${EVENTS}&rate=4000&seed=4&start=2025-01-06T14:30:00Z`,
};
const LOSSES = 3;

const postgres = postgresOfFile();
let calm: TableDigest;

test('one region alone, to compare with', async () => {
  calm = await digestCalmRun(await Lab.open('calm', postgres()), [SOURCE]);
  expect(calm.faults).toEqual([]);
  expect(calm.events).toBe(EVENTS);
});

async function openPair(name: string, flags: string[] = []): Promise<RegionPair> {
  const lab = await Lab.open(name, postgres());
  return await RegionPair.start(lab, { producers: [SOURCE.producer], flags });
}

/** Both regions hold the rows of the calm run. */
async function expectEqual(pair: RegionPair): Promise<void> {
  const { east, west } = await pair.digests();
  expect(east.faults).toEqual([]);
  expect(west.faults).toEqual([]);
  expect(east.tables).toEqual(calm.tables);
  expect(west.tables).toEqual(calm.tables);
}

test('both regions hold the same rows, and those of one region alone', async () => {
  const pair = await openPair('mirror');
  const primary = await pair.inSync();
  await until('its metrics say so', async () => {
    const { httpAddress } = pair.region(primary).worker;
    const text = await (await fetch(`http://${httpAddress}/metrics`)).text();
    const isPrimary = `feedmill_region_role{region="${primary}",role="primary",shard="0"} 1`;
    const inSync = `feedmill_region_in_sync{region="${primary}",shard="0"} 1`;
    return [isPrimary, inSync].every((line) => text.includes(line));
  });
  await pair.publishRest(SOURCE);
  await expectEqual(pair);
});

test('a region that is lost under load is replaced, and nothing acknowledged is', async () => {
  const pair = await openPair('loss');
  expect(await pair.inSync()).toBe('east');
  const connector = pair.startConnector(SOURCE);
  const durable = (): number => connector.report?.durable ?? 0;
  for (let losses = 0; losses < LOSSES; losses += 1) {
    const lost = await pair.inSync();
    const before = durable();
    await until('events flow', () => durable() > before + 2_000);
    const acknowledged = durable();
    const startedMs = performance.now();
    await pair.region(lost).worker.kill();
    await until('acks resume', () => durable() > acknowledged + 200);
    say(`regions: ${lost} lost, acks after ${Math.round(performance.now() - startedMs)} ms`);
    expect((await pair.becomes(otherSide(lost), 'primary')).isAlone).toBe(true);
    await pause(200);
    await pair.startWorker(lost);
  }
  await pair.inSync();
  await connector.child.kill();
  await pair.publishRest(SOURCE);
  await expectEqual(pair);
});
