/** What a worker's sink did in a while. */
export interface SinkFigures {
  /** Of a commit, from the buckets of its histogram. */
  readonly commitP99Ms: number;
  readonly eventsPerSecond: number;
}

interface Sample {
  readonly atMs: number;
  /** Commits up to each bound, s. */
  readonly commits: ReadonlyMap<number, number>;
  readonly committed: number;
}

const COMMITS = /^feedmill_sink_commit_seconds_bucket\{.*le="([^"]+)".*\} (\d+)/gm;
const COMMITTED = /^feedmill_producer_committed_sequence\{.*\} (\d+)/gm;

/** Reads the metrics of a worker before and after. */
export class SinkWatch {
  readonly #address: string;

  constructor(httpAddress: string) {
    this.#address = httpAddress;
  }

  async during(work: () => Promise<void>): Promise<SinkFigures> {
    const before = await this.#sample();
    await work();
    const after = await this.#sample();
    const seconds = (after.atMs - before.atMs) / 1000;
    return {
      commitP99Ms: quantile(before.commits, after.commits, 0.99) * 1000,
      eventsPerSecond: (after.committed - before.committed) / seconds,
    };
  }

  async #sample(): Promise<Sample> {
    const text = await (await fetch(`http://${this.#address}/metrics`)).text();
    const commits = [...text.matchAll(COMMITS)].map(
      ([, bound, count]) => [bound === '+Inf' ? Infinity : Number(bound), Number(count)] as const,
    );
    const committed = [...text.matchAll(COMMITTED)].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    );
    return { atMs: performance.now(), commits: new Map(commits), committed };
  }
}

/** As Prometheus does: within the bucket in a straight line. */
function quantile(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
  share: number,
): number {
  const counts = [...after]
    .map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const)
    .sort(([one], [other]) => one - other);
  const total = counts.at(-1)?.[1] ?? 0;
  const wanted = total * share;
  let lower = 0;
  let below = 0;
  for (const [bound, count] of counts) {
    if (count >= wanted) {
      if (bound === Infinity || count === below) return lower;
      return lower + ((bound - lower) * (wanted - below)) / (count - below);
    }
    lower = bound;
    below = count;
  }
  return lower;
}
