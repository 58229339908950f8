import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const DURATION_BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Every metric of the operator. Names follow the Prometheus conventions. */
export class OperatorMetrics {
  readonly registry = new Registry();

  readonly leading = this.#gauge(
    'feedmill_operator_leading',
    '1 while this replica leads; the others wait.',
  );
  readonly reconcileSeconds = new Histogram({
    name: 'feedmill_operator_reconcile_seconds',
    help: 'Duration of one reconcile.',
    labelNames: ['kind'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [this.registry],
  });
  readonly reconcileFailures = this.#counter(
    'feedmill_operator_reconcile_failures_total',
    'Reconciles that failed and are tried again, by error code.',
    ['kind', 'code'],
  );
  readonly queueDepth = this.#gauge(
    'feedmill_operator_queue_depth',
    'Objects that wait for their reconcile.',
  );
  readonly watchAgeSeconds = this.#gauge(
    'feedmill_operator_watch_age_seconds',
    'Time since the API server last said something about a kind, a bookmark at least.',
    ['resource'],
  );
  readonly apiRequests = this.#counter(
    'feedmill_operator_api_requests_total',
    'Requests to the API server.',
    ['verb', 'resource'],
  );
  readonly conditions = this.#gauge(
    'feedmill_cluster_condition',
    '1 where a condition of a StreamCluster is True, 0 where it is not.',
    ['namespace', 'cluster', 'condition'],
  );
  readonly unboundProducers = this.#gauge(
    'feedmill_cluster_unbound_producers',
    'Producers of a StreamCluster that no shard takes.',
    ['namespace', 'cluster'],
  );

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }
}
