/** How far one feed is acknowledged, each time that it was looked at. */
interface Reached {
  through: number;
  /** When it last went on, ms. */
  sinceMs: number;
}

/** The longest time in which nothing was acknowledged. */
export interface Gap {
  /** Index of the feed that it was longest for. */
  readonly feed: number;
  /** Last acknowledgement before it, and first one after it, ms on the clock. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Watches the positions of several feeds for the longest standstill of any of them. */
export class AckGaps {
  readonly #feeds: Reached[];
  #longest: Gap | undefined;

  constructor(positions: readonly number[], nowMs: number) {
    this.#feeds = positions.map((through) => ({ through, sinceMs: nowMs }));
  }

  /** Forgets the longest one so far; what has begun goes on. */
  restart(): void {
    this.#longest = undefined;
  }

  note(positions: readonly number[], nowMs: number): void {
    for (const [feed, reached] of this.#feeds.entries()) {
      const through = positions[feed] ?? 0;
      if (through <= reached.through) continue;
      const gap = { feed, fromMs: reached.sinceMs, toMs: nowMs };
      if (lengthOf(gap) > lengthOf(this.#longest)) this.#longest = gap;
      reached.through = through;
      reached.sinceMs = nowMs;
    }
  }

  get longest(): Gap | undefined {
    return this.#longest;
  }
}

const lengthOf = (gap: Gap | undefined): number => (gap === undefined ? -1 : gap.toMs - gap.fromMs);
