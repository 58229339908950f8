import type { RejectionKind } from '../venues/rejection.ts';
import type { MessageProblems } from '../venues/venue-mapper.ts';

/** Counts what could not be read, by kind, and speaks once of each. */
export class SourceProblems implements MessageProblems {
  readonly #name: string;
  readonly #warn: (sentence: string) => void;
  readonly #counts = new Map<string, number>();

  constructor(name: string, warn: (sentence: string) => void) {
    this.#name = name;
    this.#warn = warn;
  }

  count(kind: RejectionKind, detail: string): void {
    if (!this.#counts.has(kind)) {
      this.#warn(
        `${this.#name}: ${detail.slice(0, 120)} (${kind}); it is kept as a dead letter, and ` +
          'further ones of this kind are not named here.',
      );
    }
    this.#add(kind);
  }

  ignore(kind: string): void {
    this.#add(`ignored_${kind}`);
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  #add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}
