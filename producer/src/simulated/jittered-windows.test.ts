import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JitteredWindows } from './jittered-windows.ts';

const width = fc.integer({ min: 2, max: 40 });
const skipped = fc.integer({ min: 0, max: 2 });

describe('JitteredWindows', () => {
  it('marks one index in every window after those skipped, and counts the marks', () => {
    fc.assert(
      fc.property(width, fc.nat(), skipped, (windowWidth, seed, windowsSkipped) => {
        const windows = new JitteredWindows(windowWidth, seed, windowsSkipped);
        let marked = 0;
        for (let index = 0; index < windowWidth * 20; index += 1) {
          expect(windows.countBefore(index)).toBe(marked);
          if (windows.isMarked(index)) marked += 1;
          const isWindowEnd = (index + 1) % windowWidth === 0;
          const windowsDone = (index + 1) / windowWidth;
          if (isWindowEnd) expect(marked).toBe(Math.max(0, windowsDone - windowsSkipped));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('finds the outer index of every inner one, however far out', () => {
    fc.assert(
      fc.property(width, fc.nat(), skipped, fc.nat(1e12), (windowWidth, seed, skip, inner) => {
        const windows = new JitteredWindows(windowWidth, seed, skip);
        const outer = windows.outerOf(inner);
        expect(windows.isMarked(outer)).toBe(false);
        expect(outer - windows.countBefore(outer)).toBe(inner);
      }),
    );
  });

  it('marks nothing at an infinite width and everything at a width of one', () => {
    const none = new JitteredWindows(Number.POSITIVE_INFINITY, 1, 0);
    expect([none.isMarked(5), none.countBefore(1e15), none.outerOf(7)]).toEqual([false, 0, 7]);
    const all = new JitteredWindows(1, 1, 0);
    expect([all.isMarked(0), all.isMarked(1e12), all.countBefore(1e12)]).toEqual([
      true,
      true,
      1e12,
    ]);
  });
});
