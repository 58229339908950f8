import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { digestCalmRun } from './harness/calm-run.ts';
import { feedmill } from './harness/feedmill-command.ts';
import { postgresOfFile } from './harness/file-postgres.ts';
import { Lab } from './harness/lab.ts';
import { digestTables, withDatabase } from './harness/table-digest.ts';
import { until } from './harness/waiting.ts';

const SOURCE = {
  producer: 'market',
  source:
    'simulated:market?events=16000&rate=16000&seed=5&start=2025-01-06T14:30:00Z&news=0.01&quotes=0',
};
const OFTEN = ['--checkpoint-interval-ms', '100'];

const FILES = {
  rates: 'currency,reporting,rate,valid_from\nUSD,EUR,0.92,2025-01-01\nUSD,EUR,0.93,2025-01-07\n',
  entities: 'instrument,kind,text\nAAPL.XNAS,NAME,Apple\nTSLA.XNAS,ALIAS,Tesla\n',
};

const postgres = postgresOfFile();

async function load(lab: Lab, kind: keyof typeof FILES): Promise<void> {
  const file = path.join(lab.dir, `${kind}.csv`);
  writeFileSync(file, FILES[kind]);
  const { code, stderr } = await feedmill('load', kind, file, '--postgres', lab.url);
  expect(stderr).toBe('');
  expect(code).toBe(0);
}

const countOf = (lab: Lab, what: string): Promise<number> =>
  withDatabase(lab.url, async (client) =>
    Number((await client.query(`select count(*) from feedmill.${what}`)).rows[0].count),
  );

test('a worker that is killed goes on with the reference data of its journal', async () => {
  const calm = await Lab.open('reference_calm', postgres());
  await load(calm, 'rates');
  await load(calm, 'entities');
  const expected = await digestCalmRun(calm, [SOURCE], { workerFlags: [] });
  expect(expected.faults).toEqual([]);
  expect(await countOf(calm, "v_bar where reporting_currency = 'EUR'")).toBeGreaterThan(50);
  const named = `v_news where entities::text like '%"match_kind": "NAME"%'
    and model_version is not null`;
  expect(await countOf(calm, named)).toBeGreaterThan(10);

  const lab = await Lab.open('reference_killed', postgres());
  await load(lab, 'rates');
  await load(lab, 'entities');
  const worker = lab.startWorker({ flags: OFTEN });
  const { grpcAddress: address } = await worker.ready();
  await worker.bind(1, [SOURCE.producer], address);
  const connector = lab.startConnector({ ...SOURCE, address });
  await until('a third is committed', () => (connector.report?.committed ?? 0) > 5000);
  await worker.kill();
  await connector.child.kill();
  // What is in force is in the journal and its checkpoint, not in a table that may have changed.
  await withDatabase(lab.url, (client) => client.query('delete from feedmill.reference'));
  const next = lab.startWorker({ flags: OFTEN });
  const { grpcAddress } = await next.ready();
  await next.bind(2, [SOURCE.producer], grpcAddress);
  await lab.startConnector({ ...SOURCE, address: grpcAddress, flags: ['--speed', '0'] }).done();
  await next.stop();
  const found = await digestTables(lab.url);
  expect(found.faults).toEqual([]);
  expect(found.tables).toEqual(expected.tables);
});

test('rates that are loaded beside a running worker come into force by themselves', async () => {
  const lab = await Lab.open('reference_running', postgres());
  const worker = lab.startWorker();
  const { grpcAddress: address } = await worker.ready();
  await worker.bind(1, ['live'], address);
  lab.startConnector({ producer: 'live', source: 'simulated:live?rate=500', address });
  await until('a bar is there', async () => (await countOf(lab, 'bar')) > 0);
  expect(await countOf(lab, 'bar where rates_version is not null')).toBe(0);
  await load(lab, 'rates');
  const isConverted = async () =>
    (await countOf(lab, 'v_bar where rates_version = 1 and reporting_rate = 0.93')) > 0;
  await until('a bar is converted', isConverted);
});
