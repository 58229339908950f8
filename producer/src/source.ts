import type { Sequence } from '@feedmill/core/brand';
import type { FeedEvent } from '@feedmill/core/event';

/** How far a source has come, for progress lines. */
export interface SourceProgress {
  /** 0 to 1; undefined where the end is not known. */
  readonly fraction: number | undefined;
  /** What was counted but is not an event: lines that could not be read, by kind. */
  readonly problems: Readonly<Record<string, number>>;
}

/**
 * A numbered stream of events of one feed. The event at a given number is the same in every run
 * as far as it was ever handed out (a source that cannot promise that keeps its own buffer).
 */
export interface Source {
  /** Name of the producer that the source feeds. */
  readonly producer: string;
  /**
   * Yields the events after `after`, in order and without holes, in chunks of bounded size, each
   * when it is due. Ends when the source is exhausted or `signal` aborts.
   *
   * @throws FeedmillError SOURCE_FAILED when the input is missing or broken
   */
  events(after: Sequence, signal: AbortSignal): AsyncIterable<readonly FeedEvent[]>;
  progress(): SourceProgress;
}
