// Values are whole microseconds below 2^32 (71 minutes). Up to 256 each has a bucket of its own;
// above, each power of two is cut into 128 buckets, so that a bucket is at most 0.8 % wide.
const SUB_BITS = 7;
const SUB_BUCKETS = 1 << SUB_BITS;
const LINEAR_MAX = SUB_BUCKETS * 2;
const VALUE_BITS = 32;
const VALUE_MAX = 0xffff_ffff;
const BUCKETS = LINEAR_MAX + (VALUE_BITS - SUB_BITS - 1) * SUB_BUCKETS;
const MICROS_PER_MS = 1000;

/** The figures of a histogram that people read, in milliseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/**
 * Latencies weighted by number of events. Node's own histogram has no weights: a batch of 1,000
 * events would count as much as one of 1, and the slow batches are the large ones.
 */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #maxMicros = 0;

  /** Events recorded. */
  get count(): number {
    return this.#count;
  }

  /** Forgets what was recorded. */
  reset(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#maxMicros = 0;
  }

  /** Records `events` events that took `latencyMs` each (milliseconds, fractions kept). */
  record(latencyMs: number, events: number): void {
    const micros = Math.min(Math.max(Math.round(latencyMs * MICROS_PER_MS), 0), VALUE_MAX);
    const bucket = bucketOf(micros);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + events;
    this.#count += events;
    if (micros > this.#maxMicros) this.#maxMicros = micros;
  }

  /**
   * The latency that a share of the events did not exceed, at most 0.8 % too high.
   *
   * @param fraction of the events, 0 to 1
   * @returns milliseconds; 0 when nothing was recorded
   */
  percentileMs(fraction: number): number {
    if (this.#count === 0) return 0;
    const wanted = Math.max(Math.ceil(this.#count * fraction), 1);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= wanted) {
        return Math.min(highestOf(bucket), this.#maxMicros) / MICROS_PER_MS;
      }
    }
    return this.#maxMicros / MICROS_PER_MS;
  }

  summary(): LatencySummary {
    return {
      count: this.#count,
      p50: this.percentileMs(0.5),
      p99: this.percentileMs(0.99),
      p999: this.percentileMs(0.999),
      max: this.#maxMicros / MICROS_PER_MS,
    };
  }

  /** The filled buckets as pairs [microseconds, events]: what another process can `add`. */
  toPairs(): [number, number][] {
    const pairs: [number, number][] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const events = this.#counts[bucket] ?? 0;
      if (events > 0) pairs.push([Math.min(highestOf(bucket), this.#maxMicros), events]);
    }
    return pairs;
  }

  /** Adds what `toPairs` of another histogram gave. */
  addPairs(pairs: readonly (readonly [number, number])[]): void {
    for (const [micros, events] of pairs) this.record(micros / MICROS_PER_MS, events);
  }
}

function bucketOf(micros: number): number {
  if (micros < LINEAR_MAX) return micros;
  const shift = VALUE_BITS - 1 - Math.clz32(micros) - SUB_BITS;
  return LINEAR_MAX + (shift - 1) * SUB_BUCKETS + ((micros >>> shift) - SUB_BUCKETS);
}

/** The highest value that falls into a bucket. */
function highestOf(bucket: number): number {
  if (bucket < LINEAR_MAX) return bucket;
  const above = bucket - LINEAR_MAX;
  const shift = Math.floor(above / SUB_BUCKETS) + 1;
  return (SUB_BUCKETS + (above % SUB_BUCKETS) + 1) * 2 ** shift - 1;
}
