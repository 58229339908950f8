import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SseParser } from './sse-parser.ts';

const STREAM = [
  ': heartbeat\n\n',
  'event: trades\r\nid: a-1\r\ndata: {"a":1}\r\n\r\n',
  'data: first\ndata:second\n\n',
  'id: a-2\n\n',
  'event: quotes\ndata: ü€\n\n',
].join('');

const MESSAGES = [
  { event: 'trades', data: '{"a":1}', id: 'a-1' },
  { event: 'message', data: 'first\nsecond', id: 'a-1' },
  { event: 'quotes', data: 'ü€', id: 'a-2' },
];

test('a stream is read the same wherever its text is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length)), (cuts) => {
      const parser = new SseParser(1000);
      const ends = [...new Set([...cuts, STREAM.length])].sort((a, b) => a - b);
      const messages = ends.flatMap((end, at) => parser.push(STREAM.slice(ends[at - 1] ?? 0, end)));
      expect(messages).toEqual(MESSAGES);
    }),
  );
});

test('an endless message is refused before it fills the memory', () => {
  const lines = new SseParser(100);
  expect(() => {
    for (let line = 0; line < 20; line += 1) lines.push('data: 1234567890\n');
  }).toThrow('over 100 characters');
  expect(() => new SseParser(100).push('x'.repeat(101))).toThrow('over 100 characters');
});
