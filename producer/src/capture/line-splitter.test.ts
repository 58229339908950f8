import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureProblems } from './capture-problems.ts';
import { LineSplitter } from './line-splitter.ts';

function split(bytes: Buffer, cuts: readonly number[], lineBytesMax?: number) {
  const problems = new CaptureProblems(() => undefined);
  const splitter = new LineSplitter(problems, lineBytesMax);
  const lines: string[] = [];
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
  return { lines, problems };
}

describe('LineSplitter', () => {
  it('gives the same lines wherever the bytes are cut, inside characters too', () => {
    const line = fc
      .string({ unit: 'grapheme', maxLength: 20 })
      .filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(), { maxLength: 30 }), (lines, cuts) => {
        const text = lines.map((each) => `${each}\n`).join('');
        expect(split(Buffer.from(text, 'utf8'), cuts).lines).toEqual(lines);
      }),
    );
  });

  it('reads the last line without a newline and lines that end on CRLF', () => {
    expect(split(Buffer.from('a\r\nb\n\nc'), [2]).lines).toEqual(['a', 'b', '', 'c']);
  });

  it('counts a line beyond the limit once and goes on with the next', () => {
    for (const cuts of [[], [1, 2, 3, 4, 5, 6, 7, 8, 9], [5]]) {
      const { lines, problems } = split(Buffer.from('123\n123456789\n1234\n12345'), cuts, 4);
      expect(lines).toEqual(['123', '', '1234', '']);
      expect(problems.counts()).toEqual({ line_too_long: 2 });
      expect(problems.line).toBe(4);
    }
  });

  it('counts a line that is not UTF-8', () => {
    const { lines, problems } = split(Buffer.from([0x61, 0x0a, 0xc3, 0x28, 0x0a, 0x62]), [3]);
    expect(lines).toEqual(['a', '', 'b']);
    expect(problems.counts()).toEqual({ not_utf8: 1 });
  });
});
