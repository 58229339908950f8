import { describe, expect, it } from 'vitest';
import { ManualClock } from '../sdk/testing/manual-clock.ts';
import { RateLimiter } from './rate-limiter.ts';

const NEVER = new AbortController().signal;

describe('RateLimiter', () => {
  it('lets no more go on within its time than it allows, in the order of calls', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiter(clock, { count: 2, perMs: 1000 });
    const gone: [number, number][] = [];
    for (const call of [1, 2, 3, 4, 5]) {
      void limiter.take(NEVER).then(() => gone.push([call, clock.monotonicMs()]));
    }
    await clock.advance(3000);
    expect(gone).toEqual([
      [1, 0],
      [2, 0],
      [3, 1000],
      [4, 1000],
      [5, 2000],
    ]);
  });

  it('waits as long as the venue asks for', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiter(clock, { count: 5, perMs: 1000 });
    limiter.pause(7000);
    let goneMs = 0;
    void limiter.take(NEVER).then(() => {
      goneMs = clock.monotonicMs();
    });
    await clock.advance(10_000);
    expect(goneMs).toBe(7000);
  });

  it('keeps nobody who is told to stop', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiter(clock, { count: 1, perMs: 60_000 });
    await limiter.take(NEVER);
    const stop = new AbortController();
    const waiting = limiter.take(stop.signal);
    stop.abort();
    await waiting;
    expect(clock.pending).toBe(0);
  });
});
