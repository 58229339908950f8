import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { RegionMetrics } from './region-metrics.ts';

// From half a millisecond to the point where somebody is woken.
const LATENCY_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5, 1, 2, 5, 10,
];
const ROWS_BUCKETS = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536];

/** Every metric of a worker. Names follow the Prometheus conventions; units are in the names. */
export class WorkerMetrics {
  readonly registry = new Registry();

  readonly receivedEvents = this.#counter(
    'feedmill_received_events_total',
    'Events handed to the journal.',
    ['producer'],
  );
  readonly duplicateEvents = this.#counter(
    'feedmill_duplicate_events_total',
    'Events received again by the stream, or repeated by the venue.',
    ['producer', 'kind'],
  );
  readonly deadLetters = this.#counter(
    'feedmill_dead_letters_total',
    'Events kept as dead letters.',
    ['producer'],
  );
  readonly gaps = this.#counter('feedmill_gaps_total', 'Gaps found in the sequences of venues.', [
    'producer',
  ]);
  readonly refusals = this.#counter(
    'feedmill_stream_refusals_total',
    'Publish streams ended by the worker, by gRPC status.',
    ['status'],
  );
  readonly receivedSequence = this.#gauge(
    'feedmill_producer_received_sequence',
    'Highest sequence handed to the journal.',
    ['producer'],
  );
  readonly durableSequence = this.#gauge(
    'feedmill_producer_durable_sequence',
    'Highest sequence that survives the loss of the worker.',
    ['producer'],
  );
  readonly committedSequence = this.#gauge(
    'feedmill_producer_committed_sequence',
    'Highest sequence in Postgres.',
    ['producer'],
  );
  readonly connectedProducers = this.#gauge(
    'feedmill_connected_producers',
    'Open Publish streams.',
    [],
  );
  readonly subscribers = this.#gauge(
    'feedmill_live_subscribers',
    'Readers that follow the shard, by stream: events, derived.',
    ['stream'],
  );
  readonly journalBytes = this.#gauge(
    'feedmill_journal_bytes',
    'Bytes that the journal occupies on its volume.',
    [],
  );
  readonly journalBytesMax = this.#gauge(
    'feedmill_journal_budget_bytes',
    'Disk budget of the journal.',
    [],
  );
  readonly journalPosition = this.#gauge(
    'feedmill_journal_position',
    'Positions of the journal by stage: durable, committed.',
    ['stage'],
  );
  readonly groupEntries = this.#histogram(
    'feedmill_journal_group_entries',
    'Entries made durable by one sync.',
    ROWS_BUCKETS,
  );
  readonly journalSyncSeconds = this.#histogram(
    'feedmill_journal_sync_seconds',
    'Duration of writing and syncing one group of entries.',
    LATENCY_BUCKETS_SECONDS,
  );
  readonly sinkRows = this.#histogram(
    'feedmill_sink_batch_rows',
    'Rows of one sink transaction.',
    ROWS_BUCKETS,
  );
  readonly sinkCommitSeconds = this.#histogram(
    'feedmill_sink_commit_seconds',
    'Duration of one sink transaction.',
    LATENCY_BUCKETS_SECONDS,
  );
  readonly sinkLagSeconds = this.#gauge(
    'feedmill_sink_lag_seconds',
    'Age of the oldest entry that is durable but not committed.',
    [],
  );
  readonly sinkFailures = this.#counter(
    'feedmill_sink_failures_total',
    'Sink transactions that failed, by outcome.',
    ['outcome'],
  );
  readonly breakerOpen = this.#gauge(
    'feedmill_sink_breaker_open',
    '1 while Postgres is taken to be unreachable.',
    [],
  );
  readonly level = this.#gauge(
    'feedmill_worker_level',
    '1 for the level that the worker is on: normal, lagging, spilling, full.',
    ['level'],
  );
  readonly epoch = this.#gauge('feedmill_shard_epoch', 'Epoch that the worker holds.', []);
  readonly checkpointPosition = this.#gauge(
    'feedmill_checkpoint_position',
    'Journal position of the newest checkpoint.',
    [],
  );
  readonly certificateExpiry = this.#gauge(
    'feedmill_worker_certificate_expiry_timestamp_seconds',
    'When the certificate ends that the gRPC server shows, in Unix time; 0 without TLS.',
    [],
  );
  readonly region = new RegionMetrics(this.registry);

  constructor(shard: number) {
    this.registry.setDefaultLabels({ shard: String(shard) });
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #gauge(name: string, help: string, labelNames: string[]): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.registry] });
  }
}
