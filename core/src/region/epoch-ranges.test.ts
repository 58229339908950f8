import { describe, expect, test } from 'vitest';
import { asEpoch, asPosition } from '../brand.ts';
import { agreedPosition, EpochRanges, type JournalOutline } from './epoch-ranges.ts';

const outline = (last: number, ...ranges: [epoch: number, first: number][]): JournalOutline => ({
  last: asPosition(last),
  ranges: ranges.map(([epoch, first]) => ({ epoch: asEpoch(epoch), first: asPosition(first) })),
});

describe('two journals of a shard agree', () => {
  test.each([
    ['the follower is a prefix', outline(90, [3, 1], [4, 50]), outline(70, [3, 1], [4, 50]), 70],
    ['an old primary has a tail', outline(90, [3, 1], [4, 50]), outline(60, [3, 1]), 49],
    ['it is shorter than that', outline(90, [3, 1], [4, 50]), outline(40, [3, 1]), 40],
    [
      'an epoch begun by nobody else',
      outline(90, [3, 1], [5, 50]),
      outline(60, [3, 1], [4, 45]),
      44,
    ],
    ['the volume is new', outline(90, [3, 1], [4, 50]), outline(0), 0],
    ['the volume is new, the rows are not', outline(90, [3, 1], [4, 50]), outline(40), 40],
    ['a long time ago', outline(90, [7, 80]), outline(60, [3, 1], [4, 45]), 60],
    ['it went its own way long ago', outline(90, [7, 50]), outline(60, [3, 1], [4, 45]), 49],
    ['the primary is empty', outline(0), outline(60, [3, 1]), 0],
  ])('%s', (_case, ours, theirs, agreed) => {
    expect(agreedPosition(ours, theirs)).toBe(agreed);
  });

  test('as far as the epochs of their entries say', () => {
    const ranges = new EpochRanges();
    for (const [epoch, position] of [
      [3, 1],
      [3, 2],
      [5, 3],
    ] as const) {
      ranges.add(asEpoch(epoch), asPosition(position));
    }
    expect(ranges.ranges).toEqual(outline(3, [3, 1], [5, 3]).ranges);
    expect(ranges.last).toBe(5);
    ranges.cutAfter(asPosition(2));
    expect(ranges.ranges).toEqual(outline(2, [3, 1]).ranges);
  });
});
