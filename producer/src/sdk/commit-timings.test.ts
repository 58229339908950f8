import { expect, it } from 'vitest';
import { CommitTimings } from './commit-timings.ts';
import { LatencyHistogram } from './latency-histogram.ts';

it('records a batch once its last event is committed, from publish and from send', () => {
  const timings = new CommitTimings(8);
  const fromPublish = new LatencyHistogram();
  const fromSend = new LatencyHistogram();
  timings.push(10, 10, 100, 102);
  timings.push(15, 5, 110, 111);
  timings.commitThrough(14, 120, fromPublish, fromSend);
  expect(fromPublish.toPairs()).toEqual([[20_000, 10]]);
  expect(fromSend.toPairs()).toEqual([[18_000, 10]]);
  timings.commitThrough(15, 121, fromPublish, fromSend);
  expect(fromPublish.count).toBe(15);
});

it('loses no event when Postgres stays away longer than it has room, and never flatters', () => {
  const timings = new CommitTimings(4);
  const fromPublish = new LatencyHistogram();
  for (let batch = 1; batch <= 100; batch += 1) timings.push(batch, 1, batch, batch);
  timings.commitThrough(100, 100, fromPublish, new LatencyHistogram());
  expect(fromPublish.count).toBe(100);
  // The 97 that share an entry count from the oldest of them, the fourth.
  expect(fromPublish.percentileMs(0)).toBeCloseTo(96, 0);
});
