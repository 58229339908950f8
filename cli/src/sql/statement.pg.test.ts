import { startTestPostgres, type TestPostgres } from '@feedmill/store/testing/test-postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withConnection } from '../folder-database.ts';
import { LIMITS } from '../limits.ts';
import { jsonOf } from './pg-value.ts';
import { type ResultPart, runStatement, type StatementOptions } from './statement.ts';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startTestPostgres();
});

afterAll(async () => {
  await postgres.close();
});

const reading: StatementOptions = { mayWrite: false, isComplete: false };

async function partsOf(sql: string, options = reading): Promise<ResultPart[]> {
  return await withConnection(postgres.url, 'test', async (database) => {
    const parts: ResultPart[] = [];
    for await (const part of runStatement(database, sql, options)) parts.push(part);
    return parts;
  });
}

async function rowsOf(sql: string, options = reading) {
  return (await partsOf(sql, options)).flatMap(({ rows }) => rows);
}

test('values come as the server writes them: no digit and no microsecond is lost', async () => {
  const [part] = await partsOf(`select 9223372036854775807::int8 as big, 1.10::numeric as decimal,
    true as flag, null::text as nothing, timestamptz '2026-01-02 03:04:05.123456+00' as time,
    '{"n": 17843232920108168701}'::jsonb as document, 'NaN'::float8 as nan, 2.5::float8 as half`);
  const json = part?.columns.map(({ name, typeOid }, at) => [
    name,
    jsonOf(typeOid, part.rows[0]?.[at] ?? null),
  ]);
  expect(Object.fromEntries(json ?? [])).toEqual({
    big: '"9223372036854775807"',
    decimal: '"1.10"',
    flag: 'true',
    nothing: 'null',
    time: '"2026-01-02 03:04:05.123456+00"',
    document: '{"n": 17843232920108168701}',
    nan: '"NaN"',
    half: '2.5',
  });
});

test('a large result comes in parts of bounded size', async () => {
  const parts = await partsOf('select n from generate_series(1, 2500) n');
  expect(parts.map(({ rows }) => rows.length)).toEqual([
    LIMITS.sqlFetchRows,
    LIMITS.sqlFetchRows,
    500,
  ]);
});

test('tables are found without their schema', async () => {
  expect(await rowsOf('select count(*) from trade;')).toEqual([['0']]);
});

test.each(['explain select 1', 'show server_version', 'values (1), (2)', 'table instrument'])(
  '`%s` works as well as a select',
  async (sql) => {
    expect((await partsOf(sql))[0]?.columns).not.toEqual([]);
  },
);

test('nothing is changed without permission, not even by a second statement', async () => {
  const creating = 'create table feedmill.probe (n int4)';
  await expect(partsOf(creating)).rejects.toMatchObject({
    code: 'STORE_REJECTED',
    message: expect.stringContaining('give --write to allow it'),
  });
  await expect(partsOf(`commit; ${creating}`)).rejects.toMatchObject({
    message: expect.stringContaining('cannot insert multiple commands'),
  });
  expect(await rowsOf(creating, { mayWrite: true, isComplete: false })).toEqual([]);
  const writing = 'with added as (insert into probe values (1) returning n) select n from added';
  expect(await rowsOf(writing, { mayWrite: true, isComplete: true })).toEqual([['1']]);
  expect(await rowsOf('select n from probe')).toEqual([['1']]);
  await rowsOf('drop table probe', { mayWrite: true, isComplete: false });
});

test('a fault names its place in the statement as it was written', async () => {
  await expect(partsOf('select 1,\n  nothing from trade')).rejects.toThrow(
    /column "nothing" does not exist at line 2, column 3/,
  );
  await expect(partsOf('selekt 1')).rejects.toThrow(/syntax error .* at line 1, column 1/);
});

test('a complete result has no fault in its middle', async () => {
  const failing = 'select 1 / (1500 - n) from generate_series(1, 3000) n';
  const seen: number[] = [];
  await withConnection(postgres.url, 'test', async (database) => {
    const consume = async (isComplete: boolean): Promise<void> => {
      const parts = runStatement(database, failing, { mayWrite: false, isComplete });
      for await (const { rows } of parts) seen.push(rows.length);
    };
    await expect(consume(false)).rejects.toThrow('division by zero');
    expect(seen).toEqual([LIMITS.sqlFetchRows]);
    await database.query('rollback');
    await expect(consume(true)).rejects.toThrow('division by zero');
    expect(seen).toEqual([LIMITS.sqlFetchRows]);
  });
});
