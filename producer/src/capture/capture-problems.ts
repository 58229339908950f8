import type { RejectionKind } from '../venues/rejection.ts';
import type { MessageProblems } from '../venues/venue-mapper.ts';

const DETAIL_LENGTH_MAX = 120;

/** Counts what could not be read, by kind, and speaks once of each. */
export class CaptureProblems implements MessageProblems {
  readonly #warn: (sentence: string) => void;
  readonly #counts = new Map<string, number>();
  readonly #spoken = new Set<RejectionKind>();
  /** Where the reader stands, for messages. */
  path = '';
  line = 0;

  constructor(warn: (sentence: string) => void) {
    this.#warn = warn;
  }

  /** @param detail what was seen and what is allowed; cut to a line's length */
  count(kind: RejectionKind, detail: string): void {
    this.#add(kind);
    if (this.#spoken.has(kind)) return;
    this.#spoken.add(kind);
    const short = detail.length > DETAIL_LENGTH_MAX ? `${detail.slice(0, 119)}…` : detail;
    this.#warn(
      `${this.path}:${this.line}: ${short} (${kind}); it is kept as a dead letter, and further ` +
        'ones of this kind are not named here.',
    );
  }

  ignore(kind: string): void {
    this.#add(`ignored_${kind}`);
  }

  /** Another file is read from its beginning. */
  begin(path: string): void {
    this.path = path;
    this.line = 0;
  }

  /** Starts to count anew for another reading; what was said in the log is not said again. */
  reset(): void {
    this.#counts.clear();
    this.begin('');
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  #add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}
