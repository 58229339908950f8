import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { postgresOfFile } from '../harness/file-postgres.ts';
import { Lab } from '../harness/lab.ts';
import { digestTables } from '../harness/table-digest.ts';
import { until } from '../harness/waiting.ts';

const MIB = 1024 * 1024;
const SEGMENT_BYTES = 16 * MIB;
// Two segments, and not a third.
const BUDGET_BYTES = 2 * SEGMENT_BYTES;
const VOLUME_MIB = 40;
// Some 75 bytes an event: more than two segments hold.
const EVENTS = 560_000;
const SOURCE = {
  producer: 'market',
  source: `simulated:market?events=${EVENTS}&rate=20000&seed=6&start=2025-01-06T14:30:00Z`,
};

const postgres = postgresOfFile();

/** Fills a worker's volume while Postgres is away, and sees that it goes on by itself after. */
async function expectToGoOnAfterFull(lab: Lab, flags: readonly string[]): Promise<void> {
  const worker = lab.startWorker({
    flags: ['--segment-bytes', String(SEGMENT_BYTES), ...flags],
  });
  const { grpcAddress: address } = await worker.ready();
  await worker.bind(1, [SOURCE.producer], address);
  const connector = lab.startConnector({ ...SOURCE, address, flags: ['--speed', '0'] });
  await until('the first events are committed', () => (connector.report?.committed ?? 0) > 0);

  await postgres().stop();
  await until(
    'the worker says that it is full',
    async () => (await worker.state()).level === 'full',
    {
      withinMs: 60_000,
      seen: () => connector.report,
    },
  );
  await until('the producer is told why', () =>
    connector.child
      .logText()
      .includes('RESOURCE_EXHAUSTED: The journal has reached its disk budget'),
  );
  const { durable } = connector.report ?? {};
  expect(worker.child.end).toBeUndefined();

  await postgres().restart();
  await until('the level is normal again', async () => (await worker.state()).level === 'normal', {
    withinMs: 60_000,
    seen: () => connector.report,
  });
  const report = await connector.done();
  expect(report.durable).toBeGreaterThan(durable ?? Infinity);
  await worker.stop();
  const found = await digestTables(lab.url);
  expect(found.faults).toEqual([]);
  expect(found.events).toBe(EVENTS);
}

test('a journal that reaches its budget refuses producers until Postgres is back', async () => {
  const lab = await Lab.open('budget', postgres());
  await expectToGoOnAfterFull(lab, ['--journal-bytes-max', String(BUDGET_BYTES)]);
});

const needsRoot = process.getuid?.() === 0 ? '' : ' (needs root, to mount a small volume)';

test.skipIf(needsRoot !== '')(
  `a volume without room refuses producers until Postgres is back${needsRoot}`,
  async () => {
    const lab = await Lab.open('full_volume', postgres());
    const volume = lab.volume('shard-0');
    mkdirSync(volume);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${VOLUME_MIB}m`, 'feedmill-e2e', volume]);
    onTestFinished(() => void execFileSync('umount', ['--lazy', volume]));
    // A budget that the volume does not have: only the lack of room itself tells.
    await expectToGoOnAfterFull(lab, ['--journal-bytes-max', String(1024 * MIB)]);
  },
);
