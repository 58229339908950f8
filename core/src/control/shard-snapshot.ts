import { type GetStateResponse, WorkerLevel } from '@feedmill/proto/feedmill/v1/control_pb';
import { type RegionStatus, regionStatusOf } from './region-status.ts';

/** Architecture, "When something is slow or gone". */
export type ShardLevel = 'normal' | 'lagging' | 'spilling' | 'full';

/** One producer as the worker that holds it sees it. Sequences; 0 where there is none yet. */
export interface ProducerSnapshot {
  readonly producer: string;
  /** False while it is drained because it has left the shard, and until it is taken over. */
  readonly bound: boolean;
  readonly connected: boolean;
  readonly received: number;
  readonly durable: number;
  readonly committed: number;
  readonly duplicates: number;
  readonly gaps: number;
  readonly deadLetters: number;
}

/** A worker's answer to GetState. */
export interface ShardSnapshot {
  readonly shard: number;
  readonly epoch: number;
  readonly generation: number;
  readonly level: ShardLevel;
  readonly durablePosition: number;
  readonly committedPosition: number;
  readonly journalBytes: number;
  /** Age of the oldest entry that is durable but not committed. */
  readonly lagMs: number;
  readonly producers: readonly ProducerSnapshot[];
  /** Undefined where the shard lives in one region. */
  readonly region?: RegionStatus;
}

/** Reads a worker's answer. */
export function snapshotOf(state: GetStateResponse): ShardSnapshot {
  return {
    shard: state.shard,
    epoch: state.epoch,
    generation: Number(state.generation),
    level: levelOf(state.level),
    durablePosition: Number(state.durablePosition),
    committedPosition: Number(state.committedPosition),
    journalBytes: Number(state.journalBytes),
    lagMs: state.sinkLagMs,
    producers: state.producers.map((each) => ({
      producer: each.producer,
      bound: each.bound,
      connected: each.connected,
      received: Number(each.receivedThrough),
      durable: Number(each.durableThrough),
      committed: Number(each.committedThrough),
      duplicates: Number(each.duplicateEvents),
      gaps: Number(each.gaps),
      deadLetters: Number(each.deadLetters),
    })),
    ...(state.region && { region: regionStatusOf(state.region) }),
  };
}

function levelOf(level: GetStateResponse['level']): ShardLevel {
  switch (level) {
    case WorkerLevel.LAGGING:
      return 'lagging';
    case WorkerLevel.SPILLING:
      return 'spilling';
    case WorkerLevel.FULL:
      return 'full';
    default:
      return 'normal';
  }
}

const LEVELS: readonly ShardLevel[] = ['normal', 'lagging', 'spilling', 'full'];

/** The worst of several levels; undefined of none. */
export function worstLevel(levels: readonly ShardLevel[]): ShardLevel | undefined {
  const worst = Math.max(...levels.map((level) => LEVELS.indexOf(level)));
  return LEVELS[worst];
}
