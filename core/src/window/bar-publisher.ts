import { type Bar, barOf } from './bar.ts';
import type { BarWindow } from './bar-window.ts';
import { worseQuality } from './quality-marks.ts';
import type { Slot } from './timeline.ts';
import { TradeSummary } from './trade-summary.ts';
import type { WindowStore } from './window-store.ts';

/** Takes a revision of a bar. It must not call back into the windows. */
export type EmitBar = (instrumentId: number, bar: Bar) => void;

/** Publishes bars with their revisions: whatever differs from what was published, and the final. */
export class BarPublisher {
  readonly #store: WindowStore;
  readonly #emit: EmitBar;
  readonly #merged = new TradeSummary();

  constructor(store: WindowStore, emit: EmitBar) {
    this.#store = store;
    this.#emit = emit;
  }

  publishAll(slot: Slot, isFinal: boolean): void {
    for (const window of slot.windows) this.publish(window, isFinal);
  }

  /** Publishes a bar if it differs from what was published, or is final now. */
  publish(window: BarWindow, isFinal: boolean): void {
    const { instrument, startSeconds, closeSeconds } = window;
    const summary = this.#summaryOf(window);
    // A window whose trades were all cancelled before anyone saw them prints nothing either.
    if (window.revision < 0 && summary.contributions === 0) return;
    const quality = worseQuality(
      this.#store.marks.qualityOf(startSeconds, closeSeconds),
      instrument.marks.qualityOf(startSeconds, closeSeconds),
    );
    if (summary.changes !== window.publishedChanges || quality !== window.publishedQuality) {
      window.revision += 1;
      window.publishedChanges = summary.changes;
      window.publishedQuality = quality;
    } else if (!isFinal) {
      return;
    }
    const stepSeconds = closeSeconds - startSeconds;
    const { revision } = window;
    const frame = { stepSeconds, tsOpenSeconds: startSeconds, revision, isFinal, quality };
    this.#emit(instrument.instrumentId, barOf(frame, summary));
  }

  /** All trades of a window; valid until the next call. */
  #summaryOf(window: BarWindow): TradeSummary {
    if (window.slot.stepIndex === 0) return window.summary;
    this.#merged.clear();
    this.#merged.merge(window.summary);
    const buckets = window.instrument.windows[0] as ReadonlyMap<number, BarWindow>;
    for (const bucket of buckets.values()) {
      const isWithin =
        bucket.startSeconds >= window.startSeconds && bucket.startSeconds < window.closeSeconds;
      if (isWithin) this.#merged.merge(bucket.summary);
    }
    return this.#merged;
  }
}
