import pg from 'pg';
import { expect, test } from 'vitest';
import { pgErrorKind, sqlStateOf } from './pg-error.ts';

function serverError(code: string): Error {
  const error = new pg.DatabaseError('message', 0, 'error');
  error.code = code;
  error.severity = 'ERROR';
  return error;
}

test.each([
  ['FM001', 'fenced'],
  ['22021', 'data'],
  ['23502', 'data'],
  ['54000', 'data'],
  ['08006', 'retryable'],
  ['40001', 'retryable'],
  ['40P01', 'retryable'],
  ['53100', 'retryable'],
  ['53300', 'retryable'],
  ['55P03', 'retryable'],
  ['57014', 'retryable'],
  ['57P01', 'retryable'],
  ['57P03', 'retryable'],
  ['25006', 'retryable'],
  ['42501', 'fault'],
  ['FM002', 'fault'],
])('SQLSTATE %s is %s', (code, kind) => {
  expect(pgErrorKind(serverError(code))).toBe(kind);
});

test('an error of the socket is retryable and has no SQLSTATE', () => {
  const error = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  expect(sqlStateOf(error)).toBeUndefined();
  expect(pgErrorKind(error)).toBe('retryable');
});

test('a mistake of the program is no error of the connection', () => {
  expect(pgErrorKind(new TypeError('x is not a function'))).toBe('fault');
  expect(pgErrorKind(new ReferenceError('x is not defined'))).toBe('fault');
});
