import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unpackReference } from '@feedmill/core/reference/reference-set';
import { selectReference } from '@feedmill/store/queries/reference';
import { startTestPostgres, type TestPostgres } from '@feedmill/store/testing/test-postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withConnection } from '../folder-database.ts';
import { loadReference } from './load-reference.ts';

let postgres: TestPostgres;
let dir: string;

beforeAll(async () => {
  postgres = await startTestPostgres();
  dir = await mkdtemp(path.join(tmpdir(), 'feedmill-load-'));
});
afterAll(async () => {
  await postgres.close();
  await rm(dir, { recursive: true });
});

async function load(text: string, replaces = false) {
  const file = path.join(dir, 'names.csv');
  await writeFile(file, `instrument,kind,text\n${text}\n`);
  const reference = { kind: 'entities', path: file, replaces, venue: undefined } as const;
  return await withConnection(postgres.url, 'test', (db) => loadReference(db, reference, 5n));
}

const stored = () =>
  withConnection(postgres.url, 'test', async (db) => {
    const record = await selectReference(db, 'entities');
    return record && unpackReference('entities', record.content).map(({ text }) => text);
  });

test('a load makes a version on top of the one before, and nothing new makes none', async () => {
  expect(await load('A.B,NAME,Apple')).toEqual({
    kind: 'entities',
    version: 1,
    rows: 1,
    isNew: true,
  });
  expect(await load('C.D,NAME,Cisco')).toMatchObject({ version: 2, rows: 2, isNew: true });
  expect(await load('C.D,NAME,Cisco')).toMatchObject({ version: 2, rows: 2, isNew: false });
  expect(await stored()).toEqual(['Apple', 'Cisco']);
  expect(await load('C.D,NAME,Cisco', true)).toMatchObject({ version: 3, rows: 1 });
  expect(await stored()).toEqual(['Cisco']);
});

test('two that load at a time lose nothing of one another', async () => {
  await Promise.all(
    Array.from({ length: 6 }, async (_, at) => {
      const file = path.join(dir, `names-${at}.csv`);
      await writeFile(file, `instrument,kind,text\nX.Y,ALIAS,name ${at}\n`);
      const reference = {
        kind: 'entities',
        path: file,
        replaces: false,
        venue: undefined,
      } as const;
      await withConnection(postgres.url, 'test', (db) => loadReference(db, reference, 5n));
    }),
  );
  expect(await stored()).toEqual(expect.arrayContaining(['name 0', 'name 3', 'name 5']));
});

test('a faulty file changes nothing', async () => {
  const before = await stored();
  await expect(load('A.B,WHAT,Apple')).rejects.toThrow(/names\.csv:2: kind is 'WHAT'/);
  expect(await stored()).toEqual(before);
});
