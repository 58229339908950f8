import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REJECTED_RAW_BYTES_MAX } from '../venues/limits.ts';
import { type LineFault, LineSplitter } from './line-splitter.ts';

function split(bytes: Buffer, cuts: readonly number[], lineBytesMax?: number) {
  const splitter = new LineSplitter(lineBytesMax);
  const lines: (string | LineFault)[] = [];
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)];
  for (const [index, from] of edges.entries()) {
    // The same memory over and over, as a reader may use its buffer again.
    const piece = Buffer.from(bytes.subarray(from, edges[index + 1] ?? bytes.length));
    splitter.push(piece);
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) lines.push(line);
    piece.fill(0xff);
  }
  const last = splitter.end();
  if (last !== undefined) lines.push(last);
  return lines;
}

describe('LineSplitter', () => {
  it('gives the same lines wherever the bytes are cut, inside characters too', () => {
    const line = fc
      .string({ unit: 'grapheme', maxLength: 20 })
      .filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(), { maxLength: 30 }), (lines, cuts) => {
        const text = lines.map((each) => `${each}\n`).join('');
        expect(split(Buffer.from(text, 'utf8'), cuts)).toEqual(lines);
      }),
    );
  });

  it('reads the last line without a newline and lines that end on CRLF', () => {
    expect(split(Buffer.from('a\r\nb\n\nc'), [2])).toEqual(['a', 'b', '', 'c']);
  });

  it('tells a line beyond the limit, with its beginning, and goes on with the next', () => {
    for (const cuts of [[], [1, 2, 3, 4, 5, 6, 7, 8, 9], [5]]) {
      const lines = split(Buffer.from('123\n123456789\n1234\n12345'), cuts, 4);
      expect(lines).toMatchObject(['123', { kind: 'oversized' }, '1234', { kind: 'oversized' }]);
      const raw = Buffer.from((lines[1] as LineFault).raw).toString();
      expect('123456789'.startsWith(raw) && raw !== '').toBe(true);
    }
  });

  it('keeps no more of a line without end than a dead letter does', () => {
    const splitter = new LineSplitter(100_000);
    for (let piece = 0; piece < 50; piece += 1) {
      splitter.push(Buffer.alloc(8192, 0x61));
      expect(splitter.next()).toBeUndefined();
    }
    expect((splitter.end() as LineFault).raw).toHaveLength(REJECTED_RAW_BYTES_MAX);
  });

  it('tells a line that is not UTF-8, with its bytes', () => {
    const bytes = Buffer.from([0x61, 0x0a, 0xc3, 0x28, 0x0a, 0x62]);
    expect(split(bytes, [3])).toMatchObject([
      'a',
      { kind: 'malformed', raw: Buffer.from([0xc3, 0x28]) },
      'b',
    ]);
  });
});
