import { expect, test } from 'vitest';
import type { DrillRepetition } from './drill-run.ts';
import { spreadOf, summarize } from './drill-summary.ts';

const CALM: DrillRepetition = {
  repetition: 1,
  drill: 'region-loss',
  from: 'east',
  to: 'west',
  lastAckBeforeMs: -2,
  firstAckAfterMs: 698,
  streamRtoMs: 700,
  storeRtoMs: 800,
  acknowledged: 1_000,
  lost: 0,
  doubled: 0,
  areHashesEqual: true,
};

test('half are below the median, and the 99th percentile of few values is the largest', () => {
  const values = Array.from({ length: 50 }, (_, index) => index + 1);
  expect(spreadOf(values)).toEqual({ p50: 25, p99: 50, max: 50 });
  expect(spreadOf([])).toEqual({ p50: 0, p99: 0, max: 0 });
});

test('one lost event, one double or one difference is enough for a drill to fail', () => {
  expect(summarize([CALM, CALM])).toMatchObject({ ok: true, acknowledged: 2_000 });
  expect(summarize([CALM, { ...CALM, lost: 1 }])).toMatchObject({ ok: false, lost: 1 });
  expect(summarize([{ ...CALM, doubled: 2 }])).toMatchObject({ ok: false, doubled: 2 });
  expect(summarize([{ ...CALM, areHashesEqual: false }])).toMatchObject({ ok: false, unequal: 1 });
});
