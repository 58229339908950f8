import { expect, test } from 'vitest';
import { CopySet } from './copy-set.ts';
import { dayOf, monthOf } from './period.ts';

const NANOS_PER_DAY = 86_400_000_000_000n;
const MIDNIGHT = 19_943n * NANOS_PER_DAY; // 8 August 2024

const halves = (value: bigint): [number, number] => [
  Number(value >> 32n),
  Number(value & 0xffff_ffffn),
];

test('a row goes to the buffer of its day, to the nanosecond', () => {
  const copies = new CopySet();
  const before = copies.daily('trade', ...halves(MIDNIGHT - 1n));
  const after = copies.daily('trade', ...halves(MIDNIGHT));
  expect(after).not.toBe(before);
  expect(copies.daily('trade', ...halves(MIDNIGHT + NANOS_PER_DAY - 1n))).toBe(after);
  expect(copies.daily('trade', ...halves(MIDNIGHT - NANOS_PER_DAY))).toBe(before);
  expect(copies.daily('quote', ...halves(MIDNIGHT))).not.toBe(after);
  expect(copies.copies.map(({ table, day }) => `${table} ${day?.name}`)).toEqual([
    'trade 20240807',
    'trade 20240808',
    'quote 20240808',
  ]);
});

test('every time that 64 bits hold has a day', () => {
  const copies = new CopySet();
  for (const ts of [-(2n ** 63n), -1n, 0n, 2n ** 63n - 1n]) {
    expect(copies.daily('trade', ...halves(ts))).toBe(copies.daily('trade', ...halves(ts)));
  }
  expect(dayOf(-(2n ** 63n))).toMatchObject({ name: '16770921', start: -(2n ** 63n) });
  expect(dayOf(-1n)).toEqual({ name: '19691231', start: -NANOS_PER_DAY, end: 0n });
  expect(dayOf(2n ** 63n - 1n)).toMatchObject({ name: '22620411', end: undefined });
});

test('a month ends where the next begins', () => {
  const december = monthOf(1_735_689_599_999_999_999n);
  const january = monthOf(1_735_689_600_000_000_000n);
  expect([december.name, january.name]).toEqual(['202412', '202501']);
  expect(december.end).toBe(january.start);
});

test('a reset set is empty and uses its buffers again', () => {
  const copies = new CopySet();
  const first = copies.plain('news');
  first.beginRow(0);
  expect(copies.rowCount).toBe(1);
  copies.reset();
  expect(copies.copies).toEqual([]);
  const second = copies.daily('trade', ...halves(MIDNIGHT));
  expect(second).toBe(first);
  expect(second.rowCount).toBe(0);
});
