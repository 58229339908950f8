interface Sample {
  readonly atMs: number;
  readonly total: number;
}

/** How fast a total grows, over its last samples. */
export class RateWindow {
  readonly #samplesMax: number;
  #samples: Sample[] = [];

  constructor(samplesMax: number) {
    this.#samplesMax = samplesMax;
  }

  add(atMs: number, total: number): void {
    const last = this.#samples.at(-1);
    // A total that goes back is another one's.
    if (last !== undefined && total < last.total) this.#samples = [];
    this.#samples.push({ atMs, total });
    if (this.#samples.length > this.#samplesMax) this.#samples.shift();
  }

  clear(): void {
    this.#samples = [];
  }

  /** 0 with fewer than two samples. */
  perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
    return ((last.total - first.total) / (last.atMs - first.atMs)) * 1000;
  }
}
