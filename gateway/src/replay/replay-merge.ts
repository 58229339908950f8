import type { Page } from '../query/page.ts';
import type { TimeRange } from '../query/time-range.ts';
import { type ReplayRow, type ReplayTopic, rowsOf } from './replay-rows.ts';

/** Reads a page of a topic, from a cursor or from the beginning of the range. */
export type ReadTopic = (
  topic: ReplayTopic,
  range: TimeRange,
  cursor: string | undefined,
) => Promise<Page>;

interface Lane {
  readonly topic: ReplayTopic;
  rows: readonly ReplayRow[];
  at: number;
  cursor: string | undefined;
  isDone: boolean;
}

/**
 * The rows of several topics in the order of their times; at the same time in the order of the
 * topics, and within one as the queries have them. The same question gives the same order always.
 */
export class ReplayMerge {
  readonly #read: ReadTopic;
  readonly #range: TimeRange;
  readonly #lanes: readonly Lane[];

  constructor(topics: readonly ReplayTopic[], range: TimeRange, read: ReadTopic) {
    this.#read = read;
    this.#range = range;
    this.#lanes = topics.map((topic) => ({
      topic,
      rows: [],
      at: 0,
      cursor: undefined,
      isDone: false,
    }));
  }

  /** The next row without taking it; undefined at the end. */
  async peek(): Promise<ReplayRow | undefined> {
    await this.#fill();
    return this.#first()?.row;
  }

  /** The next rows up to a time, as far as they are there already. */
  takeThrough(nanos: bigint, rowsMax: number): ReplayRow[] {
    const taken: ReplayRow[] = [];
    while (taken.length < rowsMax && this.#lanes.every(isFilled)) {
      const first = this.#first();
      if (first === undefined || first.row.nanos > nanos) break;
      first.lane.at += 1;
      taken.push(first.row);
    }
    return taken;
  }

  async #fill(): Promise<void> {
    await Promise.all(
      this.#lanes.map(async (lane) => {
        // Pages of rolled up bars may be empty and not the last.
        while (!isFilled(lane)) {
          const page = await this.#read(lane.topic, this.#range, lane.cursor);
          lane.rows = rowsOf(lane.topic, page);
          lane.at = 0;
          lane.cursor = page.next;
          lane.isDone = page.next === undefined;
        }
      }),
    );
  }

  #first(): { readonly lane: Lane; readonly row: ReplayRow } | undefined {
    let first: { readonly lane: Lane; readonly row: ReplayRow } | undefined;
    for (const lane of this.#lanes) {
      const row = lane.rows[lane.at];
      if (row !== undefined && (first === undefined || row.nanos < first.row.nanos)) {
        first = { lane, row };
      }
    }
    return first;
  }
}

/** Whether the next row of a topic is known, or that there is none. */
const isFilled = ({ rows, at, isDone }: Lane): boolean => at < rows.length || isDone;
