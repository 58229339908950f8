import { type Clock, sleep } from '@feedmill/core/clock';
import { handOver } from '../regions/hand-over.ts';
import type { LocalPair } from '../regions/local-pair.ts';
import type { Side } from '../regions/side.ts';
import type { DrillLinks } from './drill-links.ts';

export interface DrillStage {
  readonly pair: LocalPair;
  readonly links: DrillLinks;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Something that fails, or is done, under load. */
export interface DrillKind {
  readonly summary: string;
  /** How long it lasts before it is healed, ms. */
  readonly holdMs: number;
  /** @param primary region that accepts events now */
  begin(stage: DrillStage, primary: Side): Promise<void>;
  heal(stage: DrillStage, primary: Side): Promise<void>;
}

const nothing = async (): Promise<void> => undefined;

const signalWorkers = (pair: LocalPair, side: Side, signal: NodeJS.Signals): void => {
  for (const { process: kept } of pair.regions[side].workers) {
    if (kept.pid !== undefined) process.kill(kept.pid, signal);
  }
};

export const DRILL_KINDS = {
  'region-loss': {
    summary: "the primary's workers and Postgres are killed, and start again afterwards",
    holdMs: 1_000,
    begin: async ({ pair }, primary) => {
      await pair.regions[primary].lose();
    },
    heal: async ({ pair, signal }, primary) => {
      await pair.regions[primary].start(signal);
    },
  },
  'pod-loss': {
    summary: "the primary's workers are killed; their supervisor starts them again",
    holdMs: 1_000,
    begin: async ({ pair }, primary) => signalWorkers(pair, primary, 'SIGKILL'),
    heal: nothing,
  },
  switchover: {
    summary: 'every shard is handed over to the other region, as planned',
    holdMs: 500,
    begin: async ({ pair }, primary) => {
      await handOver(pair, primary);
    },
    heal: nothing,
  },
  partition: {
    summary: 'the primary reaches neither the other region nor the witness',
    holdMs: 3_000,
    begin: async ({ links }, primary) => links.isolate(primary),
    heal: async ({ links }) => links.heal(),
  },
  'witness-loss': {
    summary: 'the witness is killed, and starts again afterwards',
    holdMs: 10_000,
    begin: async ({ pair }) => pair.witness.lose(),
    heal: async ({ pair, signal }) => pair.witness.start(signal),
  },
  'postgres-loss': {
    summary: "the primary's Postgres is killed; its supervisor starts it again",
    holdMs: 5_000,
    begin: async ({ pair }, primary) => pair.regions[primary].supervisor.crashPostgres(),
    heal: nothing,
  },
  zombie: {
    summary: "the primary's workers are stopped for 5 s, and go on then",
    holdMs: 5_000,
    begin: async ({ pair }, primary) => signalWorkers(pair, primary, 'SIGSTOP'),
    heal: async ({ pair, clock, signal }, primary) => {
      signalWorkers(pair, primary, 'SIGCONT');
      await sleep(clock, 200, signal);
    },
  },
} as const satisfies Readonly<Record<string, DrillKind>>;

export type DrillName = keyof typeof DRILL_KINDS;

export const isDrillName = (name: string): name is DrillName => name in DRILL_KINDS;
