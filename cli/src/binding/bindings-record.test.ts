import { expect, test } from 'vitest';
import { departures, nextBindings, urgentShards } from './bindings-record.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `feed-${at}`);

test('the same sources and shards again change nothing', () => {
  const first = nextBindings(undefined, 'c', names(5), 3);
  expect(nextBindings({ ...first, generation: 7 }, 'c', names(5).reverse(), 3)).toEqual({
    ...first,
    generation: 7,
  });
});

test('a shard that is no longer wanted stays on the list until it is drained', () => {
  const four = nextBindings(undefined, 'c', names(8), 4);
  const two = nextBindings(four, 'c', names(8), 2);
  expect(two.shards).toEqual([0, 1, 2, 3]);
  expect(Math.max(...Object.values(two.shardOf))).toBe(1);
  for (const [name, shard] of Object.entries(four.shardOf)) {
    if (shard < 2) expect(two.shardOf[name]).toBe(shard);
  }
});

test('whoever is held where it does not belong has to leave, also when it belongs nowhere', () => {
  const target = nextBindings(undefined, 'c', ['a'], 1);
  const held = [
    { shard: 0, producers: [{ producer: 'a' }, { producer: 'gone' }] },
    { shard: 3, producers: [{ producer: 'a' }] },
  ];
  expect(departures(target, held)).toEqual([
    { producer: 'gone', shard: 0 },
    { producer: 'a', shard: 3 },
  ]);
});

test('only shards that get somebody, or had somebody, are urgent', () => {
  const first = nextBindings(undefined, 'c', ['a'], 4);
  const shard = first.shardOf['a'] as number;
  expect(urgentShards(undefined, first)).toEqual([shard]);
  expect(urgentShards({ ...first, isSettled: true }, first)).toEqual([shard]);
  // A start that was broken off may have left anything anywhere.
  expect(urgentShards(first, first)).toEqual([0, 1, 2, 3]);

  const none = nextBindings({ ...first, isSettled: true }, 'c', [], 4);
  expect(urgentShards({ ...first, isSettled: true }, none)).toEqual([shard]);
});
