import { expect, test } from 'vitest';
import type { Replay } from '../api/shapes.ts';
import { progressOf } from './replay-text.ts';

const replay = (over: Partial<Replay>): Replay => ({
  id: 'r',
  state: 'running',
  instruments: [],
  fromNanos: 1_723_161_255_000_000_000n,
  toNanos: 1_723_161_355_000_000_000n,
  positionNanos: undefined,
  speed: 1,
  events: 0,
  ...over,
});

test('progress is measured in the time of the events, within its range', () => {
  const at = (nanos: bigint): number => progressOf(replay({ positionNanos: nanos }));
  expect(at(1_723_161_280_000_000_000n)).toBe(0.25);
  expect(at(1_700_000_000_000_000_000n)).toBe(0);
  expect(at(1_800_000_000_000_000_000n)).toBe(1);
  expect(progressOf(replay({}))).toBe(0);
  expect(progressOf(replay({ toNanos: 0n, positionNanos: 5n }))).toBe(0);
  expect(progressOf(replay({ state: 'done' }))).toBe(1);
});
