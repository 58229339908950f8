import { RecordBatchReader } from 'apache-arrow';
import { expect, test } from 'vitest';
import { arrowStream } from './arrow-rows.ts';
import { type Column, decimalText, type RowSet } from './column.ts';
import { csv } from './csv-rows.ts';
import { jsonArray, ndjson } from './json-rows.ts';

const column = (name: string, kind: Column['kind'], rest: Partial<Column> = {}): Column => ({
  name,
  kind,
  description: '',
  ...rest,
});

const SET: RowSet = {
  columns: [
    column('ts_event', 'time'),
    column('price', 'decimal'),
    column('volume', 'sum'),
    column('sequence', 'uint64'),
    column('side', 'word', { words: ['', 'BUY', 'SELL'] }),
    column('text', 'text', { isNullable: true }),
    column('tags', 'texts', { isNullable: true }),
    column('body', 'json'),
  ],
  rows: [
    [
      '1723075200000000001',
      '232830000000',
      '123456789012345678901234567890',
      '-1',
      1,
      'a "b", c\nd',
      ['x', 'y'],
      { a: 1 },
    ],
    ['-1', '9223372036854775807', '0', '5', 0, null, null, []],
  ],
};

test('JSON keeps 64 bits and prices as exact texts, and says null where there is nothing', () => {
  expect(JSON.parse(jsonArray(SET, 'ns'))).toEqual([
    {
      ts_event: '1723075200000000001',
      price: '232.83',
      volume: '123456789012345678901.23456789',
      sequence: '18446744073709551615',
      side: 'BUY',
      text: 'a "b", c\nd',
      tags: ['x', 'y'],
      body: { a: 1 },
    },
    {
      ts_event: '-1',
      price: null,
      volume: '0',
      sequence: '5',
      side: null,
      text: null,
      tags: null,
      body: [],
    },
  ]);
});

test('NDJSON has one line a row', () => {
  const lines = ndjson(SET, 'iso').trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ ts_event: '2024-08-08T00:00:00.000000001Z' });
});

test('CSV quotes what holds a comma, a quote or a line end', () => {
  expect(csv(SET, 'ns').split('\r\n').slice(0, 2)).toEqual([
    'ts_event,price,volume,sequence,side,text,tags,body',
    '1723075200000000001,232.83,123456789012345678901.23456789,18446744073709551615,BUY,' +
      '"a ""b"", c\nd",x y,"{""a"":1}"',
  ]);
});

test.each([0, 1, 2])('Arrow has the same values in types of its own, in %i rows', (count) => {
  const bytes = arrowStream({ columns: SET.columns, rows: SET.rows.slice(0, count) });
  const [batch] = [...RecordBatchReader.from(bytes)];
  expect(batch?.numRows ?? 0).toBe(count);
  if (count < 2 || batch === undefined) return;
  const values = (name: string): string[] => [...(batch.getChild(name) ?? [])].map(String);
  expect(values('sequence')).toEqual(['18446744073709551615', '5']);
  expect(values('side')).toEqual(['BUY', 'null']);
  expect(String(batch.schema.fields[0]?.type)).toBe('Timestamp<NANOSECOND, UTC>');
  expect(String(batch.schema.fields[1]?.type)).toBe('Decimal[19e+9]');
  expect(batch.getChild('price')?.get(1)).toBeNull();
});

test.each([
  ['0', '0'],
  ['1', '0.000000001'],
  ['-1', '-0.000000001'],
  ['1000000000', '1'],
  ['-1500000000', '-1.5'],
  ['120000000000', '120'],
])('the mantissa %s is %s', (mantissa, text) => {
  expect(decimalText(mantissa, 9)).toBe(text);
});
