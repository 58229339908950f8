import { rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { digestCalmRun } from './harness/calm-run.ts';
import { Chance } from './harness/chance.ts';
import { postgresOfFile } from './harness/file-postgres.ts';
import { JournalFile } from './harness/journal-file.ts';
import { Lab } from './harness/lab.ts';
import { digestTables, type TableDigest, withDatabase } from './harness/table-digest.ts';
import { until, within } from './harness/waiting.ts';
import type { Worker } from './harness/worker.ts';

const EXIT_FAILED = 1;
const SOURCE = {
  producer: 'market',
  source: 'simulated:market?events=16000&rate=16000&seed=5&start=2025-01-06T14:30:00Z',
};

const postgres = postgresOfFile();
let calm: TableDigest;

test('a calm run, to compare with', async () => {
  calm = await digestCalmRun(await Lab.open('calm', postgres()), [SOURCE]);
  expect(calm.faults).toEqual([]);
});

/** Kills a worker in the middle of a feed, and its connector with it. */
async function breakOff(name: string, flags: readonly string[] = []): Promise<Lab> {
  const lab = await Lab.open(name, postgres());
  const worker = lab.startWorker({ flags });
  const { grpcAddress: address } = await worker.ready();
  await worker.bind(1, [SOURCE.producer], address);
  const connector = lab.startConnector({ ...SOURCE, address });
  await until('a third is committed', () => (connector.report?.committed ?? 0) > 5000);
  await worker.kill();
  await connector.child.kill();
  return lab;
}

/** Starts the worker again on the same volume and has the feed run to its end. */
async function goOn(lab: Lab, flags: readonly string[] = []): Promise<Worker> {
  const worker = lab.startWorker({ flags });
  const { grpcAddress: address } = await worker.ready();
  await worker.bind(2, [SOURCE.producer], address);
  await lab.startConnector({ ...SOURCE, address, flags: ['--speed', '0'] }).done();
  await worker.stop();
  return worker;
}

async function expectRefusal(worker: Worker): Promise<{ code: string; msg: string }> {
  const end = await within('the worker refuses to start', worker.child.ended);
  expect(end).toEqual({ code: EXIT_FAILED, signal: null });
  const { code = '', msg = '' } = worker.child.logLines().at(-1) ?? {};
  return { code, msg };
}

async function expectWhole(lab: Lab): Promise<void> {
  const found = await digestTables(lab.url);
  expect(found.faults).toEqual([]);
  expect(found.tables).toEqual(calm.tables);
}

const rowsOf = ({ tables }: TableDigest, table: string): string | undefined =>
  tables[`${SOURCE.producer} ${table}`]?.split(' ')[0];

const recoveryOf = (worker: Worker): string =>
  JSON.stringify(worker.child.logLines().find(({ msg }) => msg === 'The shard is recovered.'));

test('a flipped bit in an acknowledged entry is found, and nothing is skipped', async () => {
  const chance = new Chance('journal');
  const lab = await breakOff('flipped_bit');
  const journal = new JournalFile(lab.volume('shard-0'));
  const batches = journal.entries.filter(({ eventCount }) => eventCount > 0);
  const victim = batches[chance.between(0, batches.length - 2)];
  if (victim === undefined) throw new Error('the journal holds no batch');
  const byte = chance.between(0, victim.payload.byteLength - 1);
  journal.flipBit(victim.position, byte);

  const { code, msg } = await expectRefusal(lab.startWorker());
  expect(code).toBe('JOURNAL_CORRUPT');
  expect(msg).toContain(`the journal is damaged after position ${victim.position - 1}`);
  expect(msg).toContain('the next entry fails its checksum');
  expect(msg).toContain('--accept-journal-loss');

  // It changed nothing: once the volume is repaired, everything is there.
  journal.flipBit(victim.position, byte);
  await goOn(lab);
  await expectWhole(lab);
});

test('a torn tail that nobody was promised is cut', async () => {
  const chance = new Chance('journal');
  const lab = await breakOff('torn_tail');
  const journal = new JournalFile(lab.volume('shard-0'));
  const { payload } = journal.entries.at(-1) ?? {};
  journal.tearNext(chance.between(1, 88 + (payload?.byteLength ?? 0) - 1));

  const worker = await goOn(lab);
  const cut = 'A torn tail that nobody was promised was cut.';
  expect(worker.child.logLines().map(({ msg }) => msg)).toContain(cut);
  await expectWhole(lab);
});

const OFTEN = ['--checkpoint-interval-ms', '100'];

test('a missing checkpoint is rebuilt from Postgres and the journal', async () => {
  const lab = await breakOff('missing_checkpoint', OFTEN);
  rmSync(path.join(lab.volume('shard-0'), 'checkpoint'));
  const worker = await goOn(lab);
  expect(recoveryOf(worker)).toContain('"checkpointFrom":"postgres"');
  await expectWhole(lab);
});

test('a damaged checkpoint is rebuilt from Postgres and the journal', async () => {
  const chance = new Chance('journal');
  const lab = await breakOff('damaged_checkpoint', OFTEN);
  const file = path.join(lab.volume('shard-0'), 'checkpoint');
  const bytes = await readFile(file);
  const at = chance.between(0, bytes.length - 1);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await writeFile(file, bytes);
  const worker = await goOn(lab);
  expect(recoveryOf(worker)).toContain('"checkpointFrom":"postgres"');
  await expectWhole(lab);
});

test('without any checkpoint everything is rebuilt from the journal alone', async () => {
  const lab = await breakOff('no_checkpoint', OFTEN);
  rmSync(path.join(lab.volume('shard-0'), 'checkpoint'));
  await withDatabase(lab.url, (client) => client.query('delete from feedmill.shard_state'));
  const worker = await goOn(lab);
  expect(recoveryOf(worker)).toContain('"checkpointFrom":"none"');
  await expectWhole(lab);
});

test('a lost volume is refused, and accepted where the loss is', async () => {
  const lab = await breakOff('lost_volume', OFTEN);
  rmSync(lab.volume('shard-0'), { recursive: true });

  const { code, msg } = await expectRefusal(lab.startWorker());
  expect(code).toBe('JOURNAL_BEHIND');
  expect(msg).toContain('the journal on this volume ends at 0');
  expect(msg).toContain('start with --accept-journal-loss');

  const worker = await goOn(lab, ['--accept-journal-loss']);
  expect(worker.child.logLines().map(({ msg: each }) => each)).toContain(
    'Starting after what Postgres holds, as accepted.',
  );
  // The source gave everything again that was not committed, so no event is missing. Flags and
  // bars around the loss say that something may be.
  const found = await digestTables(lab.url);
  expect(found.faults).toEqual([]);
  for (const table of ['trade', 'quote', 'news', 'definition', 'feed_status']) {
    expect(rowsOf(found, table), table).toBe(rowsOf(calm, table));
  }
});
