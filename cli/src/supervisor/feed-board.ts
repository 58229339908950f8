import type { SourceState } from '../local-state.ts';
import type { FeedRow } from '../status-block/feed-row.ts';
import { RateMeter } from '../status-block/rate-meter.ts';
import type { ConnectorProcess } from './connector-process.ts';
import type { DeclaredSource } from './declared-source.ts';
import { type ConnectorFacts, feedRow, producerOf, reachedOf } from './feed-rows.ts';
import type { WorkerProcess } from './worker-process.ts';

/** Where the processes of a feed are found. */
export interface FeedProcesses {
  shardOf(producer: string): number | undefined;
  workerOf(producer: string): WorkerProcess | undefined;
  connectorOf(producer: string): ConnectorProcess | undefined;
}

/** How far every feed is, put together from its worker, its connector and, at the end, Postgres. */
export class FeedBoard {
  readonly #sources: readonly DeclaredSource[];
  readonly #processes: FeedProcesses;
  readonly #rates = new Map<string, RateMeter>();
  #isStopping = false;
  #final: ReadonlyMap<string, number> = new Map();

  constructor(sources: readonly DeclaredSource[], processes: FeedProcesses) {
    this.#sources = sources;
    this.#processes = processes;
  }

  /** Takes the figures of this moment for the rates. */
  sample(nowMs: number): void {
    for (const { producer } of this.#sources) {
      const meter = this.#rates.get(producer) ?? new RateMeter();
      this.#rates.set(producer, meter);
      meter.add(nowMs, this.#reached(producer).durable);
    }
  }

  /** From now on processes that end have not crashed. */
  stopping(): void {
    this.#isStopping = true;
  }

  /** Last sequences in Postgres, once every worker has ended. */
  settle(lastSequences: ReadonlyMap<string, number>): void {
    this.#final = lastSequences;
  }

  /** Last sequence of a producer that is known to be in Postgres. */
  committedOf(producer: string): number {
    return Math.max(this.#reached(producer).committed, this.#final.get(producer) ?? 0);
  }

  rows(): FeedRow[] {
    return this.#sources.map(({ producer, spec }) => {
      const worker = this.#processes.workerOf(producer);
      const connector = this.#processes.connectorOf(producer);
      const rate = this.#rates.get(producer)?.perSecond() ?? 0;
      const row = feedRow({
        producer,
        shard: this.#processes.shardOf(producer),
        eventsPerSecond: this.#isStopping ? 0 : rate,
        isStopping: this.#isStopping,
        worker: worker && {
          isUp: worker.isUp,
          wasReady: worker.ready !== undefined,
          hasFailed: worker.failure !== undefined,
          snapshot: worker.snapshot,
        },
        connector: spec.kind === 'push' ? undefined : factsOf(connector),
      });
      const committed = this.committedOf(producer);
      return { ...row, committed, durable: Math.max(row.durable, committed) };
    });
  }

  /** The figures that `feedmill status` tells while nothing runs. */
  withFigures(states: readonly SourceState[]): SourceState[] {
    const rows = new Map(this.rows().map((row) => [row.producer, row]));
    return states.map((state) => {
      const row = rows.get(state.producer);
      if (row?.shard === undefined) return state;
      const { durable, committed, gaps } = row;
      const { snapshot } = this.#processes.workerOf(state.producer) ?? {};
      const { duplicates = 0, deadLetters = 0 } = producerOf(snapshot, state.producer) ?? {};
      return { ...state, durable, committed, gaps, duplicates, deadLetters };
    });
  }

  #reached(producer: string): { durable: number; committed: number } {
    const { snapshot } = this.#processes.workerOf(producer) ?? {};
    const { report } = this.#processes.connectorOf(producer) ?? {};
    return reachedOf(producerOf(snapshot, producer), report);
  }
}

const factsOf = (connector: ConnectorProcess | undefined): ConnectorFacts => ({
  isRunning: connector?.process.pid !== undefined,
  isDone: connector?.isDone ?? false,
  isHalted: connector?.isHalted ?? false,
  hasFailed: connector?.failure !== undefined,
  report: connector?.report,
});
