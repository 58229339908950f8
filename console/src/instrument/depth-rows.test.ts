import { expect, test } from 'vitest';
import type { Quote } from '../api/shapes.ts';
import { depthOf } from './depth-rows.ts';

const quote = (venue: string, bid: bigint | undefined, ask: bigint): Quote => ({
  instrument: `A.${venue}`,
  venue,
  timeNanos: 1n,
  bid: bid === undefined ? undefined : { price: bid, size: 5n, venue },
  ask: { price: ask, size: 7n, venue },
});

test('venues at one price are one row, best price first, sizes added up', () => {
  const depth = depthOf([quote('X', 99n, 101n), quote('Y', 100n, 102n), quote('A', 100n, 101n)]);
  expect(depth.bids).toEqual([
    { price: 100n, size: 10n, venues: ['A', 'Y'], cumulative: 10n },
    { price: 99n, size: 5n, venues: ['X'], cumulative: 15n },
  ]);
  expect(depth.asks.map(({ price, cumulative }) => [price, cumulative])).toEqual([
    [101n, 14n],
    [102n, 21n],
  ]);
});

test('an empty side of a venue leaves no row', () => {
  expect(depthOf([quote('X', undefined, 101n)]).bids).toEqual([]);
});
