import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const DURATION_BUCKETS_SECONDS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Every metric of a gateway. Names follow the Prometheus conventions. */
export class GatewayMetrics {
  readonly registry = new Registry();

  readonly requests = this.#counter(
    'feedmill_gateway_requests_total',
    'Requests that were answered.',
    ['endpoint', 'status'],
  );
  readonly requestSeconds = this.#histogram(
    'feedmill_gateway_request_seconds',
    'From the first byte of a request to the last of its answer.',
    ['endpoint'],
  );
  readonly problems = this.#counter(
    'feedmill_gateway_problems_total',
    'Answers that were no success, by kind.',
    ['kind'],
  );
  readonly querySeconds = this.#histogram(
    'feedmill_gateway_query_seconds',
    'Time that Postgres took for one question, by class and outcome.',
    ['class', 'outcome'],
  );
  readonly queriesRunning = this.#gauge(
    'feedmill_gateway_queries_running',
    'Questions that Postgres works on.',
    ['class'],
  );
  readonly queriesWaiting = this.#gauge(
    'feedmill_gateway_queries_waiting',
    'Questions that wait for their turn.',
    ['class'],
  );
  readonly shed = this.#counter(
    'feedmill_gateway_shed_total',
    'Questions that were refused because there was too much to do.',
    ['class'],
  );
  readonly breakerOpen = this.#gauge(
    'feedmill_gateway_breaker_open',
    '1 while questions are refused because Postgres does not answer.',
  );
  readonly loopLagSeconds = this.#gauge(
    'feedmill_gateway_loop_lag_seconds',
    'How late the event loop is.',
  );
  readonly liveClients = this.#gauge(
    'feedmill_gateway_live_clients',
    'Clients that follow the live stream.',
  );
  readonly liveLeftOut = this.#counter(
    'feedmill_gateway_live_left_out_total',
    'Messages that slow clients were not told.',
  );
  readonly liveCatchUps = this.#counter(
    'feedmill_gateway_live_catch_ups_total',
    'Times that a journal was read for a client that came back.',
  );
  readonly workersUp = this.#gauge(
    'feedmill_gateway_workers_up',
    'Workers that answer, of those that are followed.',
  );

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  #histogram(name: string, help: string, labelNames: string[]): Histogram {
    const buckets = DURATION_BUCKETS_SECONDS;
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }
}
