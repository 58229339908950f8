import type { ConnectorReport } from './child-message.ts';

/** What is needed of a supervisor. */
export interface Committing {
  readonly connectors: readonly {
    readonly source: { readonly producer: string };
    readonly report: ConnectorReport | undefined;
  }[];
  /** Last sequence of a producer in Postgres. */
  committedOf(producer: string): number;
}

/** Tells what this run committed from what earlier ones did. */
export class CommitCount {
  /** Sequence behind which the first connector of a source went on. */
  readonly #base = new Map<string, number>();
  #isFirstSaid = false;

  /** True once, at the first row that was committed since the start. */
  isFirst(supervisor: Committing): boolean {
    if (this.#isFirstSaid || this.since(supervisor) === 0) return false;
    this.#isFirstSaid = true;
    return true;
  }

  /** Events committed since the start. */
  since(supervisor: Committing): number {
    let sum = 0;
    for (const { source, report } of supervisor.connectors) {
      // Before the worker has welcomed it, a connector knows nothing.
      if (report === undefined || report.shard === null) continue;
      const base = this.#base.get(source.producer) ?? report.resumedAfter;
      this.#base.set(source.producer, base);
      sum += Math.max(0, supervisor.committedOf(source.producer) - base);
    }
    return sum;
  }
}
