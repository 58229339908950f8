import { systemClock } from '@feedmill/core/adapters/system-clock';
import { beforeEach, expect, test } from 'vitest';
import { RateLimiter, rateLimitHeaders } from './rate-limiter.ts';

const RATE = { requestsPerSecond: 10, burst: 20 };
let nowMs = 0;
let limiter: RateLimiter;

beforeEach(() => {
  nowMs = 0;
  limiter = new RateLimiter({ ...systemClock(), monotonicMs: () => nowMs }, 3);
});

const takeAll = (name: string): number => {
  let taken = 0;
  while (limiter.take(name, RATE).isAllowed) taken += 1;
  return taken;
};

test('a burst is allowed at once, then as many as the rate says', () => {
  expect(takeAll('a')).toBe(20);
  expect(limiter.take('a', RATE)).toMatchObject({ isAllowed: false, waitSeconds: 1 });
  nowMs += 500;
  expect(takeAll('a')).toBe(5);
  nowMs += 60_000;
  expect(takeAll('a')).toBe(20);
});

test('one does not take from another, and looking takes nothing', () => {
  expect(takeAll('a')).toBe(20);
  expect(limiter.peek('b', RATE)).toMatchObject({ isAllowed: true, remaining: 20 });
  expect(takeAll('b')).toBe(20);
});

test('with too many, the one that was idle for longest is forgotten', () => {
  for (const name of ['a', 'b', 'c']) takeAll(name);
  limiter.take('a', RATE);
  limiter.take('d', RATE);
  expect(limiter.peek('a', RATE).isAllowed).toBe(false);
  expect(limiter.peek('b', RATE).isAllowed).toBe(true);
});

test('the headers say the policy and what is left of it', () => {
  limiter.take('a', RATE);
  expect(rateLimitHeaders('key', RATE, limiter.take('a', RATE))).toEqual({
    'ratelimit-policy': '"key";q=20;w=2',
    ratelimit: '"key";r=18;t=1',
  });
});
