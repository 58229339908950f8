import { stringify } from 'yaml';

const RUNBOOKS = 'docs/runbooks';

/** What an alert is about. */
export const ALERT_AREAS = ['feed', 'shard', 'sink', 'region', 'operator'] as const;

export interface AlertRule {
  readonly name: string;
  readonly area: (typeof ALERT_AREAS)[number];
  /** PromQL: the alert is there while this finds something. */
  readonly when: string;
  /** How long it has to be so. */
  readonly for: string;
  /** `page` wakes somebody; `ticket` can wait for the day. */
  readonly severity: 'page' | 'ticket';
  /** One sentence, with labels of what was found. */
  readonly says: string;
  /** A page of docs/runbooks. */
  readonly runbook: string;
}

const SHARD = '{{ $labels.cluster }} shard {{ $labels.shard }}';
const CLUSTER = 'StreamCluster {{ $labels.namespace }}/{{ $labels.cluster }}';
const BY_SHARD = 'by (namespace, cluster, shard)';

/** Everything to be told of. Each names a metric that the program has, and a page that helps. */
export const ALERT_RULES: readonly AlertRule[] = [
  {
    name: 'FeedmillProducerUnbound',
    area: 'feed',
    when: 'feedmill_cluster_unbound_producers > 0',
    for: '5m',
    severity: 'ticket',
    says: `{{ $value }} Producers of ${CLUSTER} have no shard.`,
    runbook: 'producer-unbound',
  },
  {
    name: 'FeedmillFeedSilent',
    area: 'feed',
    when:
      'rate(feedmill_received_events_total[10m]) == 0 ' +
      'and feedmill_producer_received_sequence > 0',
    for: '10m',
    severity: 'ticket',
    says: `Nothing has come from {{ $labels.producer }} at ${SHARD} for 20 minutes.`,
    runbook: 'feed-silent',
  },
  {
    name: 'FeedmillStreamsRefused',
    area: 'feed',
    when: 'increase(feedmill_stream_refusals_total[5m]) > 10',
    for: '5m',
    severity: 'ticket',
    says: `${SHARD} turns a producer away again and again, with {{ $labels.status }}.`,
    runbook: 'streams-refused',
  },
  {
    name: 'FeedmillDeadLetters',
    area: 'feed',
    when: 'increase(feedmill_dead_letters_total[5m]) > 0',
    for: '0m',
    severity: 'ticket',
    says: 'Events of {{ $labels.producer }} became dead letters.',
    runbook: 'dead-letters',
  },
  {
    name: 'FeedmillGaps',
    area: 'feed',
    when: 'increase(feedmill_gaps_total[5m]) > 0',
    for: '0m',
    severity: 'ticket',
    says: 'The venue of {{ $labels.producer }} has skipped numbers.',
    runbook: 'gaps',
  },
  {
    name: 'FeedmillShardsNotReady',
    area: 'shard',
    when: 'feedmill_cluster_condition{condition="Ready"} == 0',
    for: '2m',
    severity: 'page',
    says: `Not every shard of ${CLUSTER} accepts its producers.`,
    runbook: 'shard-not-ready',
  },
  {
    name: 'FeedmillDegraded',
    area: 'shard',
    when: 'feedmill_cluster_condition{condition="Degraded"} == 1',
    for: '2m',
    severity: 'ticket',
    says: `Something is wrong with ${CLUSTER} that does not pass by itself.`,
    runbook: 'degraded',
  },
  {
    name: 'FeedmillWorkerRestarts',
    area: 'shard',
    when:
      `max ${BY_SHARD} (max_over_time(feedmill_shard_epoch[10m])) ` +
      `- min ${BY_SHARD} (min_over_time(feedmill_shard_epoch[10m])) > 3`,
    for: '0m',
    severity: 'page',
    says: `The worker of ${SHARD} has started {{ $value }} times within ten minutes.`,
    runbook: 'worker-restarts',
  },
  {
    name: 'FeedmillCertificateEnding',
    area: 'shard',
    when:
      'feedmill_worker_certificate_expiry_timestamp_seconds > 0 ' +
      'and feedmill_worker_certificate_expiry_timestamp_seconds - time() < 172800',
    for: '5m',
    severity: 'page',
    says: `The certificate of ${SHARD} ends within two days.`,
    runbook: 'certificate-ending',
  },
  {
    name: 'FeedmillJournalFilling',
    area: 'shard',
    when: 'feedmill_journal_bytes / feedmill_journal_budget_bytes > 0.5',
    for: '1m',
    severity: 'ticket',
    says: `The journal of ${SHARD} is {{ $value | humanizePercentage }} full.`,
    runbook: 'journal-full',
  },
  {
    name: 'FeedmillJournalFull',
    area: 'shard',
    when: 'feedmill_worker_level{level="full"} == 1',
    for: '0m',
    severity: 'page',
    says: `The journal of ${SHARD} is full, and producers are refused.`,
    runbook: 'journal-full',
  },
  {
    name: 'FeedmillPostgresAway',
    area: 'sink',
    when: 'feedmill_worker_level{level="spilling"} == 1',
    for: '1m',
    severity: 'page',
    says: `${SHARD} cannot reach Postgres; its journal takes everything.`,
    runbook: 'postgres-away',
  },
  {
    name: 'FeedmillSinkLagging',
    area: 'sink',
    when: 'feedmill_sink_lag_seconds > 10',
    for: '1m',
    severity: 'page',
    says: `Rows of ${SHARD} come {{ $value | humanizeDuration }} late.`,
    runbook: 'lag',
  },
  {
    name: 'FeedmillSinkFailing',
    area: 'sink',
    when: 'increase(feedmill_sink_failures_total[5m]) > 5',
    for: '5m',
    severity: 'ticket',
    says: `Transactions of ${SHARD} fail again and again: {{ $labels.outcome }}.`,
    runbook: 'postgres-away',
  },
  {
    name: 'FeedmillRegionAlone',
    area: 'region',
    when: 'feedmill_region_alone == 1',
    for: '1m',
    severity: 'page',
    says: `{{ $labels.region }} acknowledges alone what comes to ${SHARD}.`,
    runbook: 'region-loss',
  },
  {
    name: 'FeedmillRegionIsolated',
    area: 'region',
    when: 'feedmill_region_isolated == 1',
    for: '0m',
    severity: 'page',
    says: `{{ $labels.region }} reaches nobody, and takes nothing more for ${SHARD}.`,
    runbook: 'region-partition',
  },
  {
    name: 'FeedmillRegionCatchingUp',
    area: 'region',
    when: 'feedmill_region_role{role="catching up"} == 1',
    for: '15m',
    severity: 'ticket',
    says: `{{ $labels.region }} still lacks entries of ${SHARD}, and may not take over.`,
    runbook: 'region-loss',
  },
  {
    name: 'FeedmillRegionFenced',
    area: 'region',
    when: 'feedmill_region_role{role="fenced"} == 1',
    for: '5m',
    severity: 'ticket',
    says: `{{ $labels.region }} has no part in ${SHARD} any more.`,
    runbook: 'region-zombie',
  },
  {
    name: 'FeedmillWitnessAway',
    area: 'region',
    when: 'feedmill_region_witness_silence_seconds > 30',
    for: '1m',
    severity: 'ticket',
    says: `{{ $labels.region }} has not heard the witness of ${SHARD}: no region can take over.`,
    runbook: 'witness-loss',
  },
  {
    name: 'FeedmillOperatorAway',
    area: 'operator',
    when: 'absent(feedmill_operator_leading == 1)',
    for: '2m',
    severity: 'ticket',
    says: 'No operator leads; pipelines go on, but no change is acted on.',
    runbook: 'operator-away',
  },
  {
    name: 'FeedmillOperatorFailing',
    area: 'operator',
    when: 'increase(feedmill_operator_reconcile_failures_total[10m]) > 10',
    for: '5m',
    severity: 'ticket',
    says: 'The operator fails at {{ $labels.kind }} objects: {{ $labels.code }}.',
    runbook: 'operator-failing',
  },
  {
    name: 'FeedmillOperatorStale',
    area: 'operator',
    when: 'max by (namespace, resource) (feedmill_operator_watch_age_seconds) > 300',
    for: '1m',
    severity: 'ticket',
    says: 'The API server says nothing about {{ $labels.resource }}.',
    runbook: 'operator-failing',
  },
];

export const runbookPath = ({ runbook }: AlertRule): string => `${RUNBOOKS}/${runbook}.md`;

/** The rules as Prometheus reads them, from a file or within a PrometheusRule. */
export function alertRulesYaml(): string {
  const groups = ALERT_AREAS.map((area) => ({
    name: `feedmill-${area}`,
    rules: ALERT_RULES.filter((rule) => rule.area === area).map((rule) => ({
      alert: rule.name,
      expr: rule.when,
      for: rule.for,
      labels: { severity: rule.severity, area },
      annotations: { summary: rule.says, runbook: runbookPath(rule) },
    })),
  }));
  return stringify({ groups }, { lineWidth: 0 });
}
