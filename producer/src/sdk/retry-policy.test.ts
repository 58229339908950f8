import { describe, expect, it } from 'vitest';
import { HUNT_DELAY_MS, HUNTS_MAX } from '../limits.ts';
import type { StatusName } from './ingest-transport.ts';
import { RetryPolicy } from './retry-policy.ts';

const policy = (notFoundGraceMs = 0) => new RetryPolicy('feed-1', notFoundGraceMs, () => 0.5);

describe('RetryPolicy', () => {
  it.each<StatusName>([
    'NOT_FOUND',
    'PERMISSION_DENIED',
    'UNAUTHENTICATED',
    'INVALID_ARGUMENT',
    'ABORTED',
    'UNIMPLEMENTED',
  ])('gives up on %s with the sentence of the worker', (code) => {
    const step = policy().after({ code, details: 'The worker says why.' }, 0);
    expect(step).toMatchObject({ kind: 'fail', error: { code: 'PRODUCER_REFUSED' } });
    if (step.kind !== 'fail') return;
    expect(step.error.message).toContain(`'feed-1' was refused (${code}): The worker says why. `);
  });

  it.each<StatusName>(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL', 'CANCELLED', 'OK'])(
    'comes back after %s, later each time',
    (code) => {
      const retry = policy();
      const delays = [1, 2, 3].map(() => retry.after({ code, details: '' }, 0));
      expect(delays).toEqual([25, 50, 100].map((delayMs) => ({ kind: 'wait', delayMs })));
    },
  );

  it('stays away for as long as a full worker asks, but no longer than a minute', () => {
    const status = { code: 'RESOURCE_EXHAUSTED', details: 'full' } as const;
    const wait = (pushbackMs: number) => policy().after({ ...status, pushbackMs }, 0);
    expect(wait(1_234)).toEqual({ kind: 'wait', delayMs: 1_234 });
    expect(wait(86_400_000)).toEqual({ kind: 'wait', delayMs: 60_000 });
    expect(policy().after(status, 0)).toEqual({ kind: 'wait', delayMs: 25 });
  });

  it('tries both regions in turn without waiting longer, until both are gone for long', () => {
    const retry = new RetryPolicy('feed-1', 0, () => 0.5, true);
    const next = () => retry.after({ code: 'UNAVAILABLE', details: '' }, 0);
    expect(next()).toEqual({ kind: 'wait', delayMs: 0, isElsewhere: true });
    const delayOf = () => {
      const step = next();
      return step.kind === 'wait' ? step.delayMs : step.kind;
    };
    const hunts = new Set(Array.from({ length: HUNTS_MAX - 1 }, delayOf));
    expect([...hunts]).toEqual([HUNT_DELAY_MS]);
    expect([delayOf(), delayOf(), delayOf()]).toEqual([25, 50, 100]);
    retry.progressed();
    expect(next()).toEqual({ kind: 'wait', delayMs: 0, isElsewhere: true });
  });

  it.each<StatusName>(['NOT_FOUND', 'UNIMPLEMENTED'])(
    'asks the other region before it takes %s for final, such as from a proxy of a lost region',
    (code) => {
      const retry = new RetryPolicy('feed-1', 0, () => 0.5, true);
      const next = (status: StatusName) => retry.after({ code: status, details: '' }, 0);
      expect(next(code)).toMatchObject({ kind: 'wait', isElsewhere: true });
      // The other one is not primary yet, and says so.
      expect(next('UNAVAILABLE')).toMatchObject({ kind: 'wait', isElsewhere: true });
      expect(next(code)).toMatchObject({ kind: 'wait', isElsewhere: true });
      expect(next(code)).toMatchObject({ kind: 'fail' });
    },
  );

  it('goes where a worker points, but not round in a ring', () => {
    const retry = policy();
    const status = {
      code: 'FAILED_PRECONDITION',
      details: 'elsewhere',
      address: 'b:1',
      shard: 2,
    } as const;
    const kinds = Array.from({ length: 7 }, () => retry.after(status, 0).kind);
    expect(kinds.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'redirect'));
    expect(kinds[5]).toBe('wait');
    expect(kinds[6]).toBe('redirect');
  });

  it('waits for a producer to be declared as long as it may', () => {
    const retry = policy(1_000);
    const status = { code: 'NOT_FOUND', details: 'unknown' } as const;
    expect(retry.after(status, 5_000).kind).toBe('wait');
    expect(retry.after(status, 5_900).kind).toBe('wait');
    expect(retry.after({ code: 'UNAVAILABLE', details: '' }, 5_950).kind).toBe('wait');
    expect(retry.after(status, 6_500).kind).toBe('wait');
    expect(retry.after(status, 7_500).kind).toBe('fail');
  });
});
