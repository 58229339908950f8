import { setImmediate as turn } from 'node:timers/promises';
import { asEpoch } from '@feedmill/core/brand';
import type { Clock } from '@feedmill/core/clock';
import type { FeedmillError } from '@feedmill/core/errors';
import { describe, expect, it } from 'vitest';
import { HolderGuard } from './holder-guard.ts';

/** A guard whose time the test moves; every wait ends at once. */
function setUp() {
  const scene = {
    nowMs: 0,
    answers: [] as (number | Error)[],
    asked: 0,
    fenced: [] as FeedmillError[],
    /** Called while a question is under way. */
    onAsked: () => undefined as void,
  };
  const clock: Clock = {
    wallNanos: () => 0n as never,
    monotonicMs: () => scene.nowMs,
    schedule: (_delayMs, callback) => setImmediate(callback),
    cancel: (timer) => clearImmediate(timer as NodeJS.Immediate),
  };
  const guard = new HolderGuard({
    shard: 3,
    epoch: asEpoch(5),
    clock,
    stallMs: 500,
    retryMs: 50,
    standingEpoch: async () => {
      scene.asked += 1;
      scene.onAsked();
      const answer = scene.answers.shift();
      if (typeof answer !== 'number') throw answer ?? new Error('no answer');
      return answer;
    },
    onFenced: (error) => scene.fenced.push(error),
    log: { warn: () => undefined },
  });
  return { guard, scene };
}

async function isSettled(doubt: Promise<void> | undefined): Promise<boolean> {
  let settled = false;
  void doubt?.then(() => {
    settled = true;
  });
  for (let left = 20; left > 0; left -= 1) await turn();
  return settled;
}

describe('a worker', () => {
  it('that runs all along is never asked', () => {
    const { guard, scene } = setUp();
    for (scene.nowMs = 0; scene.nowMs < 5_000; scene.nowMs += 250) {
      expect(guard.doubt()).toBeUndefined();
    }
    expect(scene.asked).toBe(0);
  });

  it('that stood still promises nothing before it knows that the shard is its own', async () => {
    const { guard, scene } = setUp();
    scene.answers = [new Error('connection terminated'), 5];
    scene.nowMs = 501;
    const doubt = guard.doubt();
    expect(doubt).toBeDefined();
    expect(guard.doubt()).toBe(doubt);
    expect(await isSettled(doubt)).toBe(true);
    expect(scene.asked).toBe(2);
    expect(guard.doubt()).toBeUndefined();
  });

  it('whose shard was taken meanwhile ends, and never promises anything again', async () => {
    const { guard, scene } = setUp();
    scene.answers = [6];
    scene.nowMs = 2_000;
    expect(await isSettled(guard.doubt())).toBe(false);
    expect(scene.fenced).toMatchObject([
      {
        code: 'FENCED',
        message:
          'Shard 3 is held with epoch 6; this process, with epoch 5, stood still for 2000 ms and ' +
          'lost it meanwhile.',
      },
    ]);
    expect(guard.doubt()).toBeDefined();
  });

  it('asks again where it was stopped once more behind the answer', async () => {
    const { guard, scene } = setUp();
    scene.answers = [5, 6];
    scene.onAsked = () => {
      if (scene.asked === 1) scene.nowMs += 1_000;
    };
    scene.nowMs = 1_000;
    expect(await isSettled(guard.doubt())).toBe(false);
    expect(scene.asked).toBe(2);
    expect(scene.fenced).toHaveLength(1);
  });

  it('waits for Postgres, unless it was away before: nobody can have taken the shard', async () => {
    const waiting = setUp();
    waiting.scene.nowMs = 1_000;
    expect(await isSettled(waiting.guard.doubt())).toBe(false);

    const { guard, scene } = setUp();
    guard.isCutOff = () => true;
    void guard.doubt();
    scene.nowMs = 1_000;
    expect(await isSettled(guard.doubt())).toBe(true);
    expect(scene.fenced).toEqual([]);
  });
});
