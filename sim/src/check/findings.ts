/** Something that must never be. */
export interface Finding {
  readonly atMs: number;
  /** Which rule is broken; the same for every case of it. */
  readonly rule: string;
  readonly what: string;
}

/** What the checks have found. */
export class Findings {
  readonly list: Finding[] = [];
  readonly #nowMs: () => number;
  readonly #onFirst: (finding: Finding) => void;

  constructor(nowMs: () => number, onFirst: (finding: Finding) => void) {
    this.#nowMs = nowMs;
    this.#onFirst = onFirst;
  }

  add(rule: string, what: string): void {
    const finding = { atMs: this.#nowMs(), rule, what };
    this.list.push(finding);
    if (this.list.length === 1) this.#onFirst(finding);
  }
}
