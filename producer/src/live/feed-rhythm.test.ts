import { describe, expect, it } from 'vitest';
import { FeedRhythm } from './feed-rhythm.ts';

/** A feed with a message every `everyMs`, and the time of its last. */
function beating(everyMs: number, beats = 100): { rhythm: FeedRhythm; lastMs: number } {
  const rhythm = new FeedRhythm();
  for (let beat = 0; beat <= beats; beat += 1) rhythm.beat(beat * everyMs);
  return { rhythm, lastMs: beats * everyMs };
}

describe('the rhythm of a feed', () => {
  it('is stale after four times its usual pause', () => {
    const { rhythm, lastMs } = beating(1000);
    expect(rhythm.isStale(lastMs + 4000)).toBe(false);
    expect(rhythm.isStale(lastMs + 4001)).toBe(true);
    expect(rhythm.silenceMs(lastMs + 4001)).toBe(4001);
  });

  it('is never stale before two seconds, however fast it is', () => {
    const { rhythm, lastMs } = beating(2);
    expect(rhythm.isStale(lastMs + 2000)).toBe(false);
    expect(rhythm.isStale(lastMs + 2001)).toBe(true);
  });

  it('lets a quiet feed be quiet', () => {
    const { rhythm, lastMs } = beating(60_000);
    expect(rhythm.isStale(lastMs + 200_000)).toBe(false);
  });

  it('judges nothing before it knows the feed', () => {
    const { rhythm, lastMs } = beating(1, 20);
    expect(rhythm.isStale(lastMs + 1e9)).toBe(false);
  });

  it('forgets how fast the feed once was', () => {
    const { rhythm } = beating(2, 300);
    let nowMs = 600;
    for (let beat = 0; beat < 300; beat += 1) {
      nowMs += 5000;
      rhythm.beat(nowMs);
    }
    expect(rhythm.staleAfterMs).toBe(20_000);
  });

  it('does not count the pause of a connection that was lost', () => {
    const { rhythm, lastMs } = beating(10);
    rhythm.restart(lastMs + 3_600_000);
    expect(rhythm.isStale(lastMs + 3_600_001)).toBe(false);
    rhythm.beat(lastMs + 3_600_005);
    expect(rhythm.staleAfterMs).toBe(2000);
  });
});
