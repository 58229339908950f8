import type { ClusterOptions } from '../cluster/cluster-options.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import type { SimPostgres } from '../postgres/sim-postgres.ts';
import type { PlannedFeed } from '../workload/planned-event.ts';
import type { Findings } from './findings.ts';

/** What a Postgres holds in the end, and what it should hold. */
export interface Outcome {
  readonly postgres: SimPostgres;
  readonly feeds: readonly PlannedFeed[];
  readonly options: ClusterOptions;
  readonly scheduler: Scheduler;
  readonly findings: Findings;
}
