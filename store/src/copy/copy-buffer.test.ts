import { expect, test } from 'vitest';
import { CopyBuffer } from './copy-buffer.ts';
import { groupByEvent, rowKeyOf } from './row-key.ts';

/** The content of the CopyData messages, and the types of all messages. */
function unframe(bytes: Buffer): { readonly types: string; readonly data: Buffer } {
  const parts: Buffer[] = [];
  let types = '';
  for (let at = 0; at < bytes.length; ) {
    types += String.fromCharCode(bytes.readUInt8(at));
    const length = bytes.readInt32BE(at + 1);
    parts.push(bytes.subarray(at + 5, at + 1 + length));
    at += 1 + length;
  }
  return { types, data: Buffer.concat(parts) };
}

function addRow(copy: CopyBuffer, producerSequence: number, text: string): void {
  copy.beginRow(7);
  copy.int64(1, 2);
  copy.int64FromBigint(3n);
  copy.int64FromBigint(4n);
  copy.int64FromNumber(producerSequence);
  copy.int64FromNumber(-5);
  copy.int64FromNumber(2 ** 53 - 1);
  copy.text(text);
}

test('an empty buffer is a header and a trailer', () => {
  const { types, data } = unframe(new CopyBuffer().finish());
  expect(types).toBe('dc');
  expect(data.toString('latin1')).toBe(`PGCOPY\n\xff\r\n\0${'\0'.repeat(8)}\xff\xff`);
});

test('rows survive growth and the borders of messages', () => {
  const copy = new CopyBuffer();
  const rowCount = 5000;
  for (let row = 1; row <= rowCount; row += 1) addRow(copy, row, 'x'.repeat(row % 100));
  const { types, data } = unframe(copy.finish());
  expect(types).toMatch(/^d{6,12}c$/);
  let at = 19;
  for (let row = 1; row <= rowCount; row += 1) {
    const expected = copy.row(row - 1);
    expect(data.subarray(at, at + expected.length).equals(expected)).toBe(true);
    expect(rowKeyOf(expected).producerSequence).toBe(row);
    at += expected.length;
  }
  expect(data.readInt16BE(at)).toBe(-1);
  expect(data.length).toBe(at + 2);
});

test('a row reads back the event it belongs to', () => {
  const copy = new CopyBuffer();
  addRow(copy, 2 ** 40 + 1, '');
  expect(rowKeyOf(copy.row(0))).toEqual({
    instrumentId: (1n << 32n) | 2n,
    producerId: 4n,
    producerSequence: 2 ** 40 + 1,
    tsInit: 2n ** 53n - 1n,
  });
  expect(copy.row(0).readBigInt64BE(2 + 4 * 12 + 4)).toBe(-5n);
});

test('a reset buffer starts over in the same memory', () => {
  const copy = new CopyBuffer();
  for (let row = 0; row < 3000; row += 1) addRow(copy, row, 'some text');
  const first = Buffer.from(copy.finish());
  const { capacity } = copy;
  copy.reset();
  expect(copy.rowCount).toBe(0);
  for (let row = 0; row < 3000; row += 1) addRow(copy, row, 'some text');
  expect(copy.finish().equals(first)).toBe(true);
  expect(copy.capacity).toBe(capacity);
});

test('finishing twice gives the same bytes, so that a commit can be tried again', () => {
  const copy = new CopyBuffer();
  addRow(copy, 1, 'text');
  const first = Buffer.from(copy.finish());
  expect(copy.finish().equals(first)).toBe(true);
});

test('one text may be larger than the whole buffer', () => {
  const copy = new CopyBuffer();
  const text = 'ä€😀'.repeat(100_000);
  addRow(copy, 1, text);
  const row = copy.row(0);
  expect(row.subarray(-Buffer.byteLength(text)).toString()).toBe(text);
});

test('rows can be taken over from another buffer', () => {
  const source = new CopyBuffer();
  for (let row = 0; row < 2000; row += 1) addRow(source, row, 'x'.repeat(row % 60));
  const target = new CopyBuffer();
  target.appendRows(source, 500, 1500);
  expect(target.rowCount).toBe(1000);
  for (let row = 0; row < 1000; row += 1) {
    expect(target.row(row).equals(source.row(500 + row))).toBe(true);
  }
  expect(unframe(target.finish()).data.length).toBeGreaterThan(1000 * 78);
});

test('rows are grouped by event', () => {
  const copy = new CopyBuffer();
  for (const sequence of [1, 2, 2, 2, 3, 4, 4]) addRow(copy, sequence, '');
  expect(groupByEvent(copy)).toEqual([
    { from: 0, to: 1 },
    { from: 1, to: 4 },
    { from: 4, to: 5 },
    { from: 5, to: 7 },
  ]);
  expect(groupByEvent(new CopyBuffer())).toEqual([]);
});
