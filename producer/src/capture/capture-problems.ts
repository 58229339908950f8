import type { MessageProblem, MessageProblems } from '../venues/venue-mapper.ts';

/** What a line of a capture can have that keeps it from being an event. */
export type LineProblem =
  | MessageProblem
  | 'line_too_long'
  | 'not_utf8'
  | 'no_receive_time'
  | 'bad_row';

const DETAIL_LENGTH_MAX = 120;

/** Counts what could not be read, by kind, and speaks once of each. */
export class CaptureProblems implements MessageProblems {
  readonly #warn: (sentence: string) => void;
  readonly #counts = new Map<LineProblem, number>();
  readonly #spoken = new Set<LineProblem>();
  /** Where the reader stands, for messages. */
  path = '';
  line = 0;

  constructor(warn: (sentence: string) => void) {
    this.#warn = warn;
  }

  /** @param detail what was seen and what is allowed; cut to a line's length */
  count(kind: LineProblem, detail: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    if (this.#spoken.has(kind)) return;
    this.#spoken.add(kind);
    const short = detail.length > DETAIL_LENGTH_MAX ? `${detail.slice(0, 119)}…` : detail;
    this.#warn(
      `${this.path}:${this.line}: ${short} (${kind}); the line is left out and counted, ` +
        'and further ones of this kind are only counted.',
    );
  }

  /** Starts to count anew for another reading; what was said in the log is not said again. */
  reset(): void {
    this.#counts.clear();
    this.path = '';
    this.line = 0;
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
