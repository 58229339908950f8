import { countText, durationText, lagText } from '@feedmill/core/number-text';
import type { Producer, StreamCluster } from '@feedmill/operator/objects';
import { type TableColumn, tableLines } from '../text-table.ts';
import {
  type PipelineView,
  shardOf,
  troublesOf,
  type WorkerView,
  workersOf,
} from './pipeline-view.ts';

const UNKNOWN = '-';
const BYTES_PER_MIB = 1024 * 1024;
const MS_PER_SECOND = 1_000;

/** Columns by their titles; those of numbers begin with #. */
const columns = (titles: string): TableColumn[] =>
  titles.split(' ').map((title) => {
    const isNumber = title.startsWith('#');
    return { title: isNumber ? title.slice(1) : title, align: isNumber ? 'right' : 'left' };
  });

const CLUSTER_COLUMNS = columns('NAMESPACE STREAMCLUSTER #SHARDS #PRODUCERS LEVEL STATE IMAGE');
const WORKER_COLUMNS = columns('WORKER STATE NODE #AGE #RESTARTS #EPOCH #LAG #JOURNAL PRODUCERS');
const PRODUCER_COLUMNS = columns(
  'NAMESPACE PRODUCER CLUSTER #SHARD STATE #RECEIVED #DURABLE #COMMITTED #WAITING #GAPS #DEAD',
);

/** Each StreamCluster with its workers, and then what is wrong and what to do. */
export function statusLines(view: PipelineView, nowMs: number): string[] {
  if (view.clusters.length === 0) {
    return ['There is no StreamCluster here. Look elsewhere with --namespace or --all-namespaces.'];
  }
  return [
    ...tableLines(CLUSTER_COLUMNS, view.clusters.map(clusterRow)),
    ...view.clusters.flatMap((cluster) => {
      const rows = workersOf(view, cluster).map((worker) => workerRow(cluster, worker, nowMs));
      return rows.length === 0 ? [] : ['', ...tableLines(WORKER_COLUMNS, rows)];
    }),
    '',
    ...troubleLines(view),
  ];
}

/** Each Producer with its figures, newest where its worker answers. */
export function producerLines(view: PipelineView): string[] {
  if (view.producers.length === 0) {
    return ['There is no Producer here. Look elsewhere with --namespace or --all-namespaces.'];
  }
  return tableLines(
    PRODUCER_COLUMNS,
    view.producers.map((producer) => producerRow(view, producer)),
  );
}

function troubleLines(view: PipelineView): string[] {
  const troubles = troublesOf(view);
  if (troubles.length === 0) return ['Nothing is wrong.'];
  return [
    'What is wrong, and what to do:',
    ...troubles.map(({ what, reason, message }) => `  ${what}: ${reason}: ${message}`),
  ];
}

function clusterRow({ metadata, status }: StreamCluster): string[] {
  const stable = status?.conditions?.find(({ type }) => type === 'Stable');
  return [
    metadata.namespace ?? '',
    metadata.name,
    status?.ready ?? UNKNOWN,
    status?.producers ?? UNKNOWN,
    status?.level || UNKNOWN,
    stable?.reason ?? UNKNOWN,
    status?.image || UNKNOWN,
  ];
}

function workerRow({ status }: StreamCluster, worker: WorkerView, nowMs: number): string[] {
  const { pod, metrics } = worker;
  const told = status?.shardStates?.find(({ shard }) => shard === shardOf(worker));
  const startMs = Date.parse(pod.metadata.creationTimestamp ?? '');
  const restarts = pod.status?.containerStatuses?.[0]?.restartCount;
  const lagSeconds = metrics?.value('feedmill_sink_lag_seconds');
  const journalBytes = metrics?.value('feedmill_journal_bytes');
  return [
    pod.metadata.name,
    told?.state ?? UNKNOWN,
    pod.spec.nodeName ?? UNKNOWN,
    Number.isNaN(startMs) ? UNKNOWN : durationText(nowMs - startMs),
    numberText(restarts),
    numberText(metrics?.value('feedmill_shard_epoch') ?? told?.epoch),
    lagSeconds === undefined ? UNKNOWN : lagText(lagSeconds * MS_PER_SECOND),
    journalBytes === undefined ? UNKNOWN : `${countText(journalBytes / BYTES_PER_MIB)} MiB`,
    told?.producers ?? '',
  ];
}

function producerRow(view: PipelineView, { metadata, spec, status }: Producer): string[] {
  const { name: producer, namespace = '' } = metadata;
  const { shard, progress } = status ?? {};
  const worker = view.workers.find(
    (each) =>
      each.cluster === spec.clusterRef.name &&
      each.pod.metadata.namespace === namespace &&
      shardOf(each) === shard,
  );
  const sequence = (stage: 'received' | 'durable' | 'committed'): number | undefined =>
    worker?.metrics?.value(`feedmill_producer_${stage}_sequence`, { producer }) ??
    progress?.[stage];
  const [received, durable, committed] = [
    sequence('received'),
    sequence('durable'),
    sequence('committed'),
  ];
  const waiting =
    durable === undefined || committed === undefined ? undefined : durable - committed;
  return [
    namespace,
    producer,
    spec.clusterRef.name,
    numberText(shard),
    status?.state ?? UNKNOWN,
    ...[received, durable, committed, waiting].map(numberText),
    numberText(progress?.gaps),
    numberText(progress?.deadLetters),
  ];
}

const numberText = (value: number | undefined): string =>
  value === undefined ? UNKNOWN : countText(value);
