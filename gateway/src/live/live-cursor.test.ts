import { expect, test } from 'vitest';
import { LiveCursor } from './live-cursor.ts';

test('a cursor means the same after it was sent to a client and back', () => {
  const cursor = LiveCursor.start
    .advance(3, { events: 123_456_789, derived: 120_000_000 })
    .advance(0, { events: 5 })
    .advance(0, { part: 7 });
  const again = LiveCursor.parse(String(cursor));
  expect(again.place(3)).toEqual({ events: 123_456_789, part: 0, derived: 120_000_000 });
  expect(again.place(0)).toEqual({ events: 5, part: 7, derived: -1 });
  expect(String(again)).toBe(String(cursor));
});

test('a cursor in the midst of an entry has seen the first of it and not the rest', () => {
  const cursor = LiveCursor.start.advance(0, { events: 5, part: 7 });
  expect(cursor.hasSeen(0, 'events', 5, 900)).toBe(true);
  expect(cursor.hasSeen(0, 'events', 6, 7)).toBe(true);
  expect(cursor.hasSeen(0, 'events', 6, 8)).toBe(false);
  expect(cursor.hasSeen(1, 'events', 0, 1)).toBe(false);
});

test('a cursor never goes back', () => {
  const cursor = LiveCursor.start.advance(0, { events: 5, part: 7, derived: 4 });
  expect(cursor.advance(0, { events: 4, part: 9, derived: 3 }).place(0)).toEqual(cursor.place(0));
  expect(cursor.merge(LiveCursor.start.advance(1, { events: 2 })).shards).toEqual([0, 1]);
});

test.each(['', 'v2.0-1-1', 'v1.0', 'v1.0-1-1-', "v1.0-1-1'; drop table", 'v1.0-zzzzzzzzzzz-1'])(
  'the text %j is no cursor',
  (text) => {
    expect(() => LiveCursor.parse(text)).toThrow(/is no cursor of the live stream/);
  },
);
