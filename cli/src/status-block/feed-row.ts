/** How a feed or its shard is, worst first where several hold. */
export type FeedCondition =
  | 'starting'
  | 'ok'
  | 'done'
  | 'waiting'
  | 'lagging'
  | 'spilling'
  | 'full'
  | 'restarting'
  | 'failed'
  | 'stopping'
  | 'stopped';

/** One line of the status block. A figure that is not known is NaN, which JSON writes as null. */
export interface FeedRow {
  readonly producer: string;
  /** Undefined until it is bound. */
  readonly shard: number | undefined;
  readonly eventsPerSecond: number;
  /** Last sequence that survives the loss of the worker. */
  readonly durable: number;
  /** Last sequence in Postgres. */
  readonly committed: number;
  /** Age of the oldest event of the shard that is durable but not committed. */
  readonly lagMs: number;
  readonly gaps: number;
  readonly condition: FeedCondition;
}

/** How far a command that ends by itself has come. */
export interface RunProgress {
  /** 0 to 1; undefined while it cannot be told. */
  readonly fraction: number | undefined;
  readonly eventsPerSecond: number;
  /** Undefined while it cannot be told. */
  readonly timeLeftMs: number | undefined;
}

/** Everything that the status block shows. */
export interface StatusView {
  readonly rows: readonly FeedRow[];
  readonly progress: RunProgress | undefined;
  /** Everything is just being started: there is something to see, but nothing to log. */
  readonly isStarting: boolean;
  /** One line at the foot: what is going on, or how to stop. */
  readonly footer: string;
}
