import type { Clock } from '@feedmill/core/clock';
import { RATE_SAMPLES_MAX } from './limits.ts';
import type { ProducerStats } from './sdk/feedmill-producer.ts';
import type { LatencyHistogram, LatencySummary } from './sdk/latency-histogram.ts';
import type { ProducerState } from './sdk/producer-state.ts';
import type { Source } from './source.ts';

/** Null where nothing was measured yet; milliseconds, weighted by events. */
type MaybeLatency = LatencySummary | null;

/** What a connector tells the process that started it, over the IPC channel. */
export interface ConnectorReport {
  /** `done`: the source is exhausted, everything is committed, and this is the last message. */
  readonly type: 'report' | 'done';
  readonly producer: string;
  /** The worker's shard; null before the first welcome. */
  readonly shard: number | null;
  /** Highest sequence sent, durable and committed: all events of the producer, over all starts. */
  readonly sent: number;
  readonly durable: number;
  readonly committed: number;
  /** Sequence that this start went on behind. */
  readonly resumedAfter: number;
  /** How much of the source was read, 0 to 1; null where its end is not known. */
  readonly fraction: number | null;
  /** Events that became durable, per second, over the last reports. */
  readonly eventsPerSecond: number;
  /** From the hand-over to the stream. */
  readonly latency: { readonly durableMs: MaybeLatency; readonly committedMs: MaybeLatency };
  /** From publish(), with every wait for credit and for the worker. */
  readonly latencyFromPublish: {
    readonly durableMs: MaybeLatency;
    readonly committedMs: MaybeLatency;
  };
  readonly state: ProducerState['kind'];
  readonly reconnects: number;
  readonly nacks: number;
  readonly bufferBytes: number;
  /** What the source counted but did not make an event of, by kind. */
  readonly problems: Readonly<Record<string, number>>;
  /**
   * Only in `done`: all latencies as pairs [microseconds, events], to be added up over producers
   * by LatencyHistogram.addPairs.
   */
  readonly histograms?: {
    readonly durable: [number, number][];
    readonly committed: [number, number][];
    readonly durableFromPublish: [number, number][];
    readonly committedFromPublish: [number, number][];
  };
}

interface RateSample {
  readonly atMs: number;
  readonly durable: number;
}

/** Makes the reports of one connector. */
export class ConnectorReporter {
  readonly #stats: () => ProducerStats;
  readonly #source: Source;
  readonly #clock: Clock;
  #samples: RateSample[] = [];

  constructor(stats: () => ProducerStats, source: Source, clock: Clock) {
    this.#stats = stats;
    this.#source = source;
    this.#clock = clock;
  }

  report(type: ConnectorReport['type']): ConnectorReport {
    const stats = this.#stats();
    const { fraction, problems } = this.#source.progress();
    const { latency } = stats;
    const report: ConnectorReport = {
      type,
      producer: this.#source.producer,
      shard: stats.shard ?? null,
      sent: stats.sentThrough,
      durable: stats.durableThrough,
      committed: stats.committedThrough,
      resumedAfter: stats.sentThrough - stats.sentEvents,
      fraction: fraction ?? null,
      eventsPerSecond: this.#rate(stats),
      latency: {
        durableMs: summaryOf(latency.sentToDurable),
        committedMs: summaryOf(latency.sentToCommitted),
      },
      latencyFromPublish: {
        durableMs: summaryOf(latency.publishedToDurable),
        committedMs: summaryOf(latency.publishedToCommitted),
      },
      state: stats.state.kind,
      reconnects: stats.reconnects,
      nacks: stats.nacks,
      bufferBytes: stats.bufferBytes,
      problems,
    };
    if (type === 'report') return report;
    const histograms = {
      durable: latency.sentToDurable.toPairs(),
      committed: latency.sentToCommitted.toPairs(),
      durableFromPublish: latency.publishedToDurable.toPairs(),
      committedFromPublish: latency.publishedToCommitted.toPairs(),
    };
    return { ...report, histograms };
  }

  /** What is durable already when the worker welcomes us was not done by this process. */
  #rate({ durableThrough, sentThrough, sentEvents }: ProducerStats): number {
    const durable = Math.max(durableThrough - (sentThrough - sentEvents), 0);
    const now: RateSample = { atMs: this.#clock.monotonicMs(), durable };
    this.#samples = [...this.#samples, now].slice(-RATE_SAMPLES_MAX);
    const oldest = this.#samples[0] ?? now;
    const seconds = (now.atMs - oldest.atMs) / 1000;
    return seconds > 0 ? (now.durable - oldest.durable) / seconds : 0;
  }
}

function summaryOf(histogram: LatencyHistogram): MaybeLatency {
  return histogram.count === 0 ? null : histogram.summary();
}
