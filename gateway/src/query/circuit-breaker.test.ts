import { systemClock } from '@feedmill/core/adapters/system-clock';
import { beforeEach, expect, test } from 'vitest';
import { type BreakerState, CircuitBreaker } from './circuit-breaker.ts';

let nowMs: number;
let seen: BreakerState[];
let breaker: CircuitBreaker;

beforeEach(() => {
  nowMs = 0;
  seen = [];
  breaker = new CircuitBreaker({
    clock: { ...systemClock(), monotonicMs: () => nowMs },
    failuresMax: 3,
    openMs: 100,
    openMaxMs: 300,
    onChange: (state) => seen.push(state),
  });
});

const fail = (times: number): void => {
  for (let time = 0; time < times; time += 1) breaker.failed();
};

test('failures that are not in a row leave it closed', () => {
  fail(2);
  breaker.succeeded();
  fail(2);
  expect(breaker.state).toBe('closed');
  expect(breaker.admit()).toBe(true);
});

test('three in a row open it; after a while one request may try', () => {
  fail(3);
  expect(breaker.admit()).toBe(false);
  expect(breaker.waitMs).toBe(100);
  nowMs += 100;
  expect(breaker.admit()).toBe(true);
  expect(breaker.admit()).toBe(false);
  breaker.succeeded();
  expect(breaker.admit()).toBe(true);
  expect(seen).toEqual(['open', 'half-open', 'closed']);
});

test('each failed trial doubles the wait, up to its bound, and a success ends that', () => {
  fail(3);
  const waits: number[] = [];
  for (let trial = 0; trial < 3; trial += 1) {
    nowMs += breaker.waitMs;
    expect(breaker.admit()).toBe(true);
    breaker.failed();
    waits.push(breaker.waitMs);
  }
  expect(waits).toEqual([200, 300, 300]);
  nowMs += 300;
  breaker.admit();
  breaker.succeeded();
  fail(3);
  expect(breaker.waitMs).toBe(100);
});
