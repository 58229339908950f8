/** Something that fails, or is done, under load. */
export interface DrillKind {
  readonly summary: string;
  /** How long it lasts before it is healed, ms. */
  readonly holdMs: number;
}

export const DRILL_KINDS = {
  'region-loss': {
    summary: "the primary's workers and Postgres are killed, and start again afterwards",
    holdMs: 1_000,
  },
  'pod-loss': {
    summary: "the primary's workers are killed, and are started again by who looks after them",
    holdMs: 1_000,
  },
  switchover: {
    summary: 'every shard is handed over to the other region, as planned',
    holdMs: 500,
  },
  partition: {
    summary: 'the primary reaches neither the other region nor the witness',
    holdMs: 3_000,
  },
  'witness-loss': {
    summary: 'the witness is killed, and starts again afterwards',
    holdMs: 10_000,
  },
  'postgres-loss': {
    summary: "the primary's Postgres is killed, and is started again by who looks after it",
    holdMs: 5_000,
  },
  zombie: {
    summary: "the primary's workers are stopped for 5 s, and go on then",
    holdMs: 5_000,
  },
} as const satisfies Readonly<Record<string, DrillKind>>;

export type DrillName = keyof typeof DRILL_KINDS;

export const DRILL_NAMES = Object.keys(DRILL_KINDS) as readonly DrillName[];

/** One drill after another, as chance has it. */
export const SOAK = 'soak';

/** What can be asked for. */
export type DrillProgram = DrillName | typeof SOAK;

export const isDrillProgram = (name: string): name is DrillProgram =>
  name === SOAK || name in DRILL_KINDS;
