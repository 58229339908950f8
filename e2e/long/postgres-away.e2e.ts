import { expect, test } from 'vitest';
import { digestCalmRun } from '../harness/calm-run.ts';
import { postgresOfFile } from '../harness/file-postgres.ts';
import { Lab } from '../harness/lab.ts';
import { say } from '../harness/say.ts';
import { digestTables } from '../harness/table-digest.ts';
import { pause, until } from '../harness/waiting.ts';

/** How long Postgres is away; shorter by FEEDMILL_E2E_OUTAGE_SECONDS while working on this. */
const OUTAGE_SECONDS = Number(process.env['FEEDMILL_E2E_OUTAGE_SECONDS'] ?? 60);
const EVENTS_PER_SECOND = 3_000;
/** What flows before and after the outage. */
const SECONDS_AROUND = 8;
const EVENTS = EVENTS_PER_SECOND * (OUTAGE_SECONDS + SECONDS_AROUND);
const SOURCE = {
  producer: 'market',
  source:
    `simulated:market?events=${EVENTS}&rate=${EVENTS_PER_SECOND}` +
    '&seed=7&start=2025-01-06T14:30:00Z',
};

const postgres = postgresOfFile();

test(`events are acknowledged on while Postgres is away for ${OUTAGE_SECONDS} s`, async () => {
  const calm = await digestCalmRun(await Lab.open('calm', postgres()), [SOURCE]);
  expect(calm.faults).toEqual([]);

  const lab = await Lab.open('away', postgres());
  const worker = lab.startWorker();
  const { grpcAddress: address } = await worker.ready();
  await worker.bind(1, [SOURCE.producer], address);
  const connector = lab.startConnector({ ...SOURCE, address });
  const durable = (): number => connector.report?.durable ?? 0;
  const committed = (): number => connector.report?.committed ?? 0;
  await until('the first events are committed', () => committed() > EVENTS_PER_SECOND);

  await postgres().stop();
  await until('the worker says that it spills', async () => {
    return (await worker.state()).level === 'spilling';
  });
  const committedBefore = committed();
  const durableBefore = durable();
  let least = Infinity;
  for (let second = 0; second < OUTAGE_SECONDS; second += 1) {
    const before = durable();
    await pause(1000);
    least = Math.min(least, durable() - before);
    expect((await worker.state()).level).toBe('spilling');
    expect(committed()).toBe(committedBefore);
  }
  const acknowledged = durable() - durableBefore;
  say(`postgres-away: ${acknowledged} events acknowledged in ${OUTAGE_SECONDS} s`);
  say(`postgres-away: at least ${least} in each second`);
  // A test machine is not always punctual; a second without any would be a fault.
  expect(least).toBeGreaterThan(EVENTS_PER_SECOND / 10);
  expect(acknowledged).toBeGreaterThan(0.9 * EVENTS_PER_SECOND * OUTAGE_SECONDS);

  const backMs = performance.now();
  await postgres().restart();
  await until('the level is normal again', async () => (await worker.state()).level === 'normal');
  await until(
    'all that was spilled is committed',
    () => committed() > durableBefore + acknowledged,
  );
  say(`postgres-away: all of it committed ${Math.round(performance.now() - backMs)} ms after`);
  await connector.done();
  await worker.stop();
  const found = await digestTables(lab.url);
  expect(found.faults).toEqual([]);
  expect(found.tables).toEqual(calm.tables);
});
