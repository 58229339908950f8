/** One picture of a dashboard. */
interface Picture {
  readonly title: string;
  readonly unit: string;
  /** PromQL by legend. */
  readonly lines: Readonly<Record<string, string>>;
}

interface Dashboard {
  /** Name of its file, and what its address ends with. */
  readonly name: string;
  readonly title: string;
  readonly pictures: readonly Picture[];
}

const OF_FEEDS = '{namespace=~"$namespace", producer=~"$producer"}';
const OF_SHARDS = '{namespace=~"$namespace"}';
const SHARD = '{{cluster}}-{{shard}}';

const percentile = (share: number, metric: string, by: string, selection = ''): string =>
  `histogram_quantile(${share}, sum by (le, ${by}) (rate(${metric}_bucket${selection}[5m])))`;

export const DASHBOARDS: readonly Dashboard[] = [
  {
    name: 'feeds',
    title: 'Feedmill: feeds',
    pictures: [
      {
        title: 'Events received',
        unit: 'eps',
        lines: { '{{producer}}': `rate(feedmill_received_events_total${OF_FEEDS}[1m])` },
      },
      {
        title: 'Acknowledged, but not in Postgres yet',
        unit: 'short',
        lines: {
          '{{producer}}':
            `feedmill_producer_durable_sequence${OF_FEEDS} ` +
            `- feedmill_producer_committed_sequence${OF_FEEDS}`,
        },
      },
      {
        title: 'Received, but not acknowledged yet',
        unit: 'short',
        lines: {
          '{{producer}}':
            `feedmill_producer_received_sequence${OF_FEEDS} ` +
            `- feedmill_producer_durable_sequence${OF_FEEDS}`,
        },
      },
      {
        title: 'Gaps, dead letters and repeated events',
        unit: 'short',
        lines: {
          'gaps, {{producer}}': `increase(feedmill_gaps_total${OF_FEEDS}[5m])`,
          'dead letters, {{producer}}': `increase(feedmill_dead_letters_total${OF_FEEDS}[5m])`,
          '{{kind}}, {{producer}}': `increase(feedmill_duplicate_events_total${OF_FEEDS}[5m])`,
        },
      },
      {
        title: 'Streams turned away',
        unit: 'short',
        lines: {
          [`{{status}}, ${SHARD}`]: `increase(feedmill_stream_refusals_total${OF_SHARDS}[5m])`,
        },
      },
      {
        title: 'Producers without a shard',
        unit: 'short',
        lines: { '{{cluster}}': `feedmill_cluster_unbound_producers${OF_SHARDS}` },
      },
    ],
  },
  {
    name: 'shards',
    title: 'Feedmill: shards',
    pictures: [
      {
        title: 'Level',
        unit: 'short',
        lines: { [`${SHARD} {{level}}`]: `feedmill_worker_level${OF_SHARDS} == 1` },
      },
      {
        title: 'Journal, share of its budget',
        unit: 'percentunit',
        lines: {
          [SHARD]: `feedmill_journal_bytes${OF_SHARDS} / feedmill_journal_budget_bytes${OF_SHARDS}`,
        },
      },
      {
        title: 'Writing and syncing a group, 99 of 100',
        unit: 's',
        lines: {
          [SHARD]: percentile(0.99, 'feedmill_journal_sync_seconds', 'cluster, shard', OF_SHARDS),
        },
      },
      {
        title: 'Entries of a sync, mean',
        unit: 'short',
        lines: {
          [SHARD]:
            `rate(feedmill_journal_group_entries_sum${OF_SHARDS}[5m]) ` +
            `/ rate(feedmill_journal_group_entries_count${OF_SHARDS}[5m])`,
        },
      },
      {
        title: 'Epoch: each start takes one',
        unit: 'short',
        lines: { [SHARD]: `feedmill_shard_epoch${OF_SHARDS}` },
      },
      {
        title: 'Connected producers and readers',
        unit: 'short',
        lines: {
          [`producers, ${SHARD}`]: `feedmill_connected_producers${OF_SHARDS}`,
          [`{{stream}}, ${SHARD}`]: `feedmill_live_subscribers${OF_SHARDS}`,
        },
      },
      {
        title: 'Processor',
        unit: 'percentunit',
        lines: {
          [SHARD]: `rate(process_cpu_seconds_total${OF_SHARDS}[1m]) and feedmill_shard_epoch`,
        },
      },
      {
        title: 'Memory',
        unit: 'bytes',
        lines: { [SHARD]: `process_resident_memory_bytes${OF_SHARDS} and feedmill_shard_epoch` },
      },
    ],
  },
  {
    name: 'sink',
    title: 'Feedmill: Postgres',
    pictures: [
      {
        title: 'Lag',
        unit: 's',
        lines: { [SHARD]: `feedmill_sink_lag_seconds${OF_SHARDS}` },
      },
      {
        title: 'Rows committed a second',
        unit: 'short',
        lines: { [SHARD]: `rate(feedmill_sink_batch_rows_sum${OF_SHARDS}[1m])` },
      },
      {
        title: 'Rows of a transaction, mean',
        unit: 'short',
        lines: {
          [SHARD]:
            `rate(feedmill_sink_batch_rows_sum${OF_SHARDS}[5m]) ` +
            `/ rate(feedmill_sink_batch_rows_count${OF_SHARDS}[5m])`,
        },
      },
      {
        title: 'Transactions, 50 and 99 of 100',
        unit: 's',
        lines: {
          [`p50, ${SHARD}`]: percentile(
            0.5,
            'feedmill_sink_commit_seconds',
            'cluster, shard',
            OF_SHARDS,
          ),
          [`p99, ${SHARD}`]: percentile(
            0.99,
            'feedmill_sink_commit_seconds',
            'cluster, shard',
            OF_SHARDS,
          ),
        },
      },
      {
        title: 'Transactions that failed',
        unit: 'short',
        lines: {
          [`{{outcome}}, ${SHARD}`]: `increase(feedmill_sink_failures_total${OF_SHARDS}[5m])`,
        },
      },
      {
        title: 'Breaker: 1 while Postgres is away',
        unit: 'short',
        lines: { [SHARD]: `feedmill_sink_breaker_open${OF_SHARDS}` },
      },
    ],
  },
  {
    name: 'regions',
    title: 'Feedmill: regions',
    pictures: [
      {
        title: 'What each region is',
        unit: 'short',
        lines: { [`{{region}} {{role}}, ${SHARD}`]: `feedmill_region_role${OF_SHARDS} == 1` },
      },
      {
        title: 'Epoch: each change of the primary takes one',
        unit: 'short',
        lines: { [SHARD]: `feedmill_shard_epoch${OF_SHARDS}` },
      },
      {
        title: 'Acknowledged, but not held by the other region',
        unit: 'short',
        lines: {
          [`{{region}}, ${SHARD}`]:
            'feedmill_region_position{namespace=~"$namespace", stage="acknowledged"} ' +
            '- ignoring (stage) feedmill_region_position{stage="replicated"}',
        },
      },
      {
        title: 'Since the other region was heard',
        unit: 's',
        lines: {
          [`{{region}}, ${SHARD}`]: `feedmill_region_peer_silence_seconds${OF_SHARDS}`,
        },
      },
      {
        title: 'Since the witness was heard',
        unit: 's',
        lines: {
          [`{{region}}, ${SHARD}`]: `feedmill_region_witness_silence_seconds${OF_SHARDS}`,
        },
      },
      {
        title: 'Alone, isolated and in sync',
        unit: 'short',
        lines: {
          [`alone, {{region}}, ${SHARD}`]: `feedmill_region_alone${OF_SHARDS}`,
          [`isolated, {{region}}, ${SHARD}`]: `feedmill_region_isolated${OF_SHARDS}`,
          [`in sync, {{region}}, ${SHARD}`]: `feedmill_region_in_sync${OF_SHARDS}`,
        },
      },
    ],
  },
  {
    name: 'operator',
    title: 'Feedmill: operator',
    pictures: [
      {
        title: 'Who leads',
        unit: 'short',
        lines: { '{{pod}}': 'feedmill_operator_leading' },
      },
      {
        title: 'Conditions of StreamClusters',
        unit: 'short',
        lines: { '{{cluster}} {{condition}}': `feedmill_cluster_condition${OF_SHARDS}` },
      },
      {
        title: 'A reconcile, 99 of 100',
        unit: 's',
        lines: { '{{kind}}': percentile(0.99, 'feedmill_operator_reconcile_seconds', 'kind') },
      },
      {
        title: 'Reconciles that failed',
        unit: 'short',
        lines: {
          '{{kind}} {{code}}': 'increase(feedmill_operator_reconcile_failures_total[5m])',
        },
      },
      {
        title: 'Waiting objects',
        unit: 'short',
        lines: { '{{pod}}': 'feedmill_operator_queue_depth' },
      },
      {
        title: 'Since the API server last spoke',
        unit: 's',
        lines: { '{{resource}}': 'max by (resource) (feedmill_operator_watch_age_seconds)' },
      },
      {
        title: 'Requests to the API server a second',
        unit: 'reqps',
        lines: {
          '{{verb}} {{resource}}':
            'sum by (verb, resource) (rate(feedmill_operator_api_requests_total[1m]))',
        },
      },
    ],
  },
];

const WIDTH = 12;
const HEIGHT = 8;
const DATA = { type: 'prometheus', uid: '${datasource}' };

/** A dashboard as Grafana imports it. */
export function dashboardJson({ name, title, pictures }: Dashboard): string {
  const dashboard = {
    uid: `feedmill-${name}`,
    title,
    tags: ['feedmill'],
    schemaVersion: 39,
    editable: true,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [datasource(), ...variablesOf(pictures)] },
    panels: pictures.map(panel),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

const datasource = (): object => ({
  name: 'datasource',
  label: 'Prometheus',
  type: 'datasource',
  query: 'prometheus',
});

/** Choices, of what is asked for with them. */
function variablesOf(pictures: readonly Picture[]): object[] {
  const asked = pictures.flatMap(({ lines }) => Object.values(lines)).join(' ');
  return Object.entries({
    namespace: 'feedmill_shard_epoch',
    producer: 'feedmill_received_events_total',
  })
    .filter(([label]) => asked.includes(`$${label}`))
    .map(([label, metric]) => ({
      name: label,
      label,
      type: 'query',
      datasource: DATA,
      query: `label_values(${metric}, ${label})`,
      refresh: 2,
      multi: true,
      includeAll: true,
      allValue: '.*',
      current: { text: 'All', value: '$__all' },
    }));
}

function panel({ title, unit, lines }: Picture, at: number): object {
  return {
    id: at + 1,
    type: 'timeseries',
    title,
    datasource: DATA,
    gridPos: {
      x: (at % 2) * WIDTH,
      y: Math.floor(at / 2) * HEIGHT,
      w: WIDTH,
      h: HEIGHT,
    },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: Object.entries(lines).map(([legendFormat, expr], index) => ({
      refId: String.fromCodePoint('A'.codePointAt(0)! + index),
      datasource: DATA,
      expr,
      legendFormat,
    })),
  };
}
