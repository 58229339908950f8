import type {
  ProducerSnapshot,
  ShardLevel,
  ShardSnapshot,
} from '@feedmill/core/control/shard-snapshot';
import type { FeedCondition, FeedRow } from '../status-block/feed-row.ts';
import type { ConnectorReport } from './child-message.ts';

/** What is known of a feed's worker. */
export interface WorkerFacts {
  readonly isUp: boolean;
  readonly wasReady: boolean;
  readonly hasFailed: boolean;
  readonly snapshot: ShardSnapshot | undefined;
}

/** What is known of a feed's connector; there is none where the producer sends from outside. */
export interface ConnectorFacts {
  readonly isRunning: boolean;
  readonly isDone: boolean;
  readonly isHalted: boolean;
  readonly hasFailed: boolean;
  readonly report: ConnectorReport | undefined;
}

export interface FeedFacts {
  readonly producer: string;
  readonly shard: number | undefined;
  readonly eventsPerSecond: number;
  readonly isStopping: boolean;
  readonly worker: WorkerFacts | undefined;
  readonly connector: ConnectorFacts | undefined;
}

/** The line of a feed in the status block. */
export function feedRow(facts: FeedFacts): FeedRow {
  const { producer, shard, eventsPerSecond, worker, connector } = facts;
  const held = producerOf(worker?.snapshot, producer);
  return {
    producer,
    shard,
    eventsPerSecond,
    ...reachedOf(held, connector?.report),
    lagMs: worker?.snapshot?.lagMs ?? 0,
    gaps: held?.gaps ?? 0,
    condition: conditionOf(facts, held),
  };
}

/** The producer in a worker's answer. */
export function producerOf(
  snapshot: ShardSnapshot | undefined,
  producer: string,
): ProducerSnapshot | undefined {
  return snapshot?.producers.find((each) => each.producer === producer);
}

/** Worker and connector each know how far the feed is; the newer word is the higher one. */
export function reachedOf(
  held: ProducerSnapshot | undefined,
  report: ConnectorReport | undefined,
): { durable: number; committed: number } {
  return {
    durable: Math.max(held?.durable ?? 0, report?.durable ?? 0),
    committed: Math.max(held?.committed ?? 0, report?.committed ?? 0),
  };
}

function conditionOf(facts: FeedFacts, held: ProducerSnapshot | undefined): FeedCondition {
  const { worker, connector } = facts;
  if (worker?.hasFailed === true) return 'failed';
  if (connector?.isDone === true && worker?.snapshot !== undefined) return 'done';
  if (facts.isStopping) return worker?.isUp === true ? 'stopping' : 'stopped';
  if (worker?.isUp !== true) return worker?.wasReady === true ? 'restarting' : 'starting';
  if (connector?.hasFailed === true) return 'failed';
  const level = conditionOfLevel(worker.snapshot?.level);
  if (level !== undefined) return level;
  if (connector === undefined) return held?.connected === true ? 'ok' : 'waiting';
  if (connector.isHalted) return 'stopped';
  if (connector.report === undefined) return 'starting';
  return connector.isRunning ? 'ok' : 'restarting';
}

function conditionOfLevel(level: ShardLevel | undefined): FeedCondition | undefined {
  return level === 'normal' ? undefined : level;
}
