import { describe, expect, it } from 'vitest';
import { encodeFix, FixFrames, type FixGarbage, type FixMessage } from './fix-frames.ts';

const LOGON = '8=FIX.4.4|9=57|35=A|34=1|49=A|52=20250106-14:30:00.000|56=B|98=0|108=30|10=';
const sumOf = (text: string): string =>
  String([...Buffer.from(text)].reduce((sum, byte) => sum + byte, 0) % 256).padStart(3, '0');
const framed = (text: string): Buffer => {
  const head = text.replace(/10=$/, '').replaceAll('|', '\x01');
  return Buffer.from(`${head}10=${sumOf(head)}\x01`);
};

function readAll(pieces: readonly Uint8Array[]): (FixMessage | FixGarbage)[] {
  const frames = new FixFrames();
  const read: (FixMessage | FixGarbage)[] = [];
  for (const piece of pieces) {
    frames.push(piece);
    for (let next = frames.next(); next !== undefined; next = frames.next()) read.push(next);
  }
  return read;
}
const heartbeat = (sequence: number, text = 'x'): Buffer =>
  Buffer.from(
    encodeFix([
      [35, '0'],
      [34, sequence],
      [58, text],
    ]),
  );

describe('frames of FIX', () => {
  it('reads a message with its length and checksum', () => {
    const bytes = framed(LOGON);
    expect(readAll([bytes])).toMatchObject([
      { type: 'A', fields: expect.arrayContaining([[108, '30']]) },
    ]);
    const fields = [
      [35, 'A'],
      [34, 1],
      [49, 'A'],
      [52, '20250106-14:30:00.000'],
      [56, 'B'],
      [98, 0],
      [108, 30],
    ] as const;
    expect(encodeFix(fields)).toBe(bytes.toString());
  });

  it('reads the same messages wherever the bytes are cut', () => {
    const bytes = Buffer.concat([heartbeat(1), heartbeat(2, 'Zürich = 8=FIX'), heartbeat(3)]);
    const whole = readAll([bytes]);
    expect(whole).toHaveLength(3);
    for (let at = 1; at < bytes.length; at += 1) {
      expect(readAll([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    }
  });

  it('passes over a garbled message, whichever byte was changed, and reads the next', () => {
    const [first, bad, last] = [heartbeat(1), heartbeat(2), heartbeat(3)];
    for (let at = 0; at < bad.length; at += 1) {
      const changed = Buffer.from(bad);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const read = readAll([Buffer.concat([first, changed, last, heartbeat(4)])]);
      const numbers = read.flatMap((each) =>
        'why' in each ? [] : [each.fields.find(([tag]) => tag === 34)?.[1]],
      );
      expect(numbers).not.toContain('2');
      expect(numbers.at(0)).toBe('1');
      expect(numbers.at(-1)).toBe('4');
      expect(read.some((each) => 'why' in each)).toBe(true);
    }
  });

  it('refuses a length beyond its bound before it waits for the bytes', () => {
    const bomb = Buffer.from(`8=FIX.4.4\x019=999999999\x0135=0\x01`);
    const read = readAll([bomb, heartbeat(1)]);
    expect(read[0]).toMatchObject({ why: 'BodyLength is 999999999 where 4194304 are allowed' });
    expect(read.at(-1)).toMatchObject({ type: '0' });
  });
});
