import { expect, test } from 'vitest';
import { Problem } from '../problem.ts';
import { MEDIA_TYPES, negotiate } from './negotiate.ts';

test.each([
  [undefined, 'application/json'],
  ['*/*', 'application/json'],
  ['text/csv', 'text/csv'],
  ['text/*, application/json;q=0.5', 'text/csv'],
  ['application/json;q=0.1, application/x-ndjson', 'application/x-ndjson'],
  ['text/html, */*;q=0.1', 'application/json'],
  ['application/json;q=0, */*', 'application/x-ndjson'],
  ['APPLICATION/VND.APACHE.ARROW.STREAM', 'application/vnd.apache.arrow.stream'],
])('Accept %j is answered as %s', (accept, type) => {
  expect(negotiate(accept, MEDIA_TYPES)).toBe(type);
});

test.each(['application/pdf', 'text/csv;q=0', 'text/csv;q=7'])('Accept %j is refused', (accept) => {
  expect(() => negotiate(accept, MEDIA_TYPES)).toThrow(Problem);
});
