import { expect, test } from 'vitest';
import { RateMeter } from './rate-meter.ts';
import { RunProgressMeter } from './run-progress.ts';

const source = { fraction: 0.5, sent: 1000, committed: 1000, isDone: false };

test('a rate is the change over the window and starts over when the number falls', () => {
  const meter = new RateMeter(1000);
  meter.add(0, 100);
  expect(meter.perSecond()).toBe(0);
  for (let atMs = 250; atMs <= 5000; atMs += 250) meter.add(atMs, 100 + atMs * 2);
  expect(meter.perSecond()).toBe(2000);
  meter.add(5250, 7);
  expect(meter.perSecond()).toBe(0);
});

test('time left follows from the pace of what is committed', () => {
  const meter = new RunProgressMeter();
  meter.advance(0, [{ ...source, fraction: 0 }]);
  const { fraction, timeLeftMs } = meter.advance(2000, [{ ...source, fraction: 0.25 }]);
  expect(fraction).toBe(0.25);
  expect(timeLeftMs).toBe(6000);
});

test('what is read but not committed does not count', () => {
  const { fraction } = new RunProgressMeter().advance(0, [{ ...source, committed: 500 }]);
  expect(fraction).toBe(0.25);
});

test('a source is complete only when it has said so itself', () => {
  const meter = new RunProgressMeter();
  expect(meter.advance(0, [{ ...source, fraction: 1 }]).fraction).toBe(0.999);
  expect(meter.advance(1, [{ ...source, fraction: 1, isDone: true }]).fraction).toBe(1);
});

test('one source without a known end leaves percent and time left open', () => {
  const progress = new RunProgressMeter().advance(0, [source, { ...source, fraction: undefined }]);
  expect(progress).toEqual({ fraction: undefined, eventsPerSecond: 0, timeLeftMs: undefined });
});
