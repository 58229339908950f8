import { expect, test } from 'vitest';
import { Problem } from '../problem.ts';
import { decodeCursor, decodeIntegers, encodeCursor } from './cursor.ts';

const KEY = ['1723075200000000001', '-5', '0'];

test('a cursor gives its key back to the question that it belongs to', () => {
  expect(decodeCursor('trades of A', encodeCursor('trades of A', KEY), 3)).toEqual(KEY);
});

test.each([
  ['another question', 'trades of B', encodeCursor('trades of A', KEY), 3],
  ['another number of parts', 'trades of A', encodeCursor('trades of A', KEY), 4],
  ['nothing', 'trades of A', '', 3],
  ['no cursor of ours', 'trades of A', 'bm90IGEgY3Vyc29y', 3],
])('a cursor of %s is refused', (_, question, cursor, parts) => {
  expect(() => decodeCursor(question, cursor, parts)).toThrow(Problem);
});

test.each(['1; drop table feedmill.trade', '9223372036854775808', '', '1.5', 'NaN'])(
  'a made-up cursor that holds %j where an integer should be never reaches Postgres',
  (part) => {
    expect(() => decodeIntegers('q', encodeCursor('q', [part]), 1)).toThrow(/another request/);
  },
);
