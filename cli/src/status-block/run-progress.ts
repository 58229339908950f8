import type { RunProgress } from './feed-row.ts';
import { RateMeter } from './rate-meter.ts';

/** What one source reports about how far it is. */
export interface SourceAdvance {
  /** How much of its input is read, 0 to 1; undefined where that is not known. */
  readonly fraction: number | undefined;
  readonly sent: number;
  readonly committed: number;
  readonly isDone: boolean;
}

// The fraction advances in steps of whole reads, so its pace is taken over longer than a rate.
const PACE_WINDOW_MS = 15_000;

/** Percent, rate and time left of a command that ends by itself. */
export class RunProgressMeter {
  readonly #committed = new RateMeter();
  readonly #pace = new RateMeter(PACE_WINDOW_MS);

  /** @param nowMs monotonic time */
  advance(nowMs: number, sources: readonly SourceAdvance[]): RunProgress {
    this.#committed.add(
      nowMs,
      sources.reduce((sum, source) => sum + source.committed, 0),
    );
    const fractions = sources.map(committedFraction);
    const known = fractions.filter((fraction) => fraction !== undefined);
    const isKnown = known.length > 0 && known.length === fractions.length;
    const fraction = isKnown
      ? known.reduce((sum, each) => sum + each, 0) / known.length
      : undefined;
    const eventsPerSecond = this.#committed.perSecond();
    if (fraction === undefined) return { fraction, eventsPerSecond, timeLeftMs: undefined };
    this.#pace.add(nowMs, fraction);
    const pacePerSecond = this.#pace.perSecond();
    const timeLeftMs =
      fraction >= 1 ? 0 : pacePerSecond > 0 ? ((1 - fraction) / pacePerSecond) * 1000 : undefined;
    return { fraction, eventsPerSecond, timeLeftMs };
  }
}

/** What is read but not yet committed does not count as done. */
function committedFraction(source: SourceAdvance): number | undefined {
  if (source.isDone) return 1;
  if (source.fraction === undefined) return undefined;
  const committedShare = source.sent === 0 ? 1 : source.committed / source.sent;
  // All of it is said only when the source itself has said that it is done.
  return Math.min(0.999, source.fraction * Math.min(1, committedShare));
}
