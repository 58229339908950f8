import { expect, test } from 'vitest';
import { cellOf, fieldNames } from './pg-value.ts';

test('a cell is one line without control characters, cut where it is too long', () => {
  expect(cellOf('a\nb\u001b[31m', 60)).toBe('a\\nb\\x1b[31m');
  expect(cellOf('abcdef', 4)).toBe('abc…');
  expect(cellOf(null, 4)).toBe('null');
});

test('columns of one name are numbered, so that an object keeps them all', () => {
  expect(fieldNames(['n', 'n', 'n_2', 'n'])).toEqual(['n', 'n_2', 'n_2_2', 'n_3']);
});
