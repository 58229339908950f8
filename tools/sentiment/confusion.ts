import { CLASSES } from '@feedmill/core/news/linear-model';
import type { SentimentLabel } from '@feedmill/proto/feedmill/v1/event_pb';

/** How often a label (first index) was found to be a label (second index), as CLASSES has them. */
export class Confusion {
  readonly counts: number[][] = CLASSES.map(() => CLASSES.map(() => 0));

  add(actual: SentimentLabel, found: SentimentLabel): void {
    const row = this.counts[CLASSES.findIndex((label) => label === actual)];
    const column = CLASSES.findIndex((label) => label === found);
    if (row !== undefined) row[column] = (row[column] ?? 0) + 1;
  }

  get total(): number {
    return this.counts.flat().reduce((sum, count) => sum + count, 0);
  }

  get accuracy(): number {
    const right = CLASSES.reduce((sum, _, at) => sum + (this.counts[at]?.[at] ?? 0), 0);
    return right / this.total;
  }

  precision(at: number): number {
    const found = this.counts.reduce((sum, row) => sum + (row[at] ?? 0), 0);
    return found === 0 ? 0 : (this.counts[at]?.[at] ?? 0) / found;
  }

  recall(at: number): number {
    const actual = (this.counts[at] ?? []).reduce((sum, count) => sum + count, 0);
    return actual === 0 ? 0 : (this.counts[at]?.[at] ?? 0) / actual;
  }

  f1(at: number): number {
    const precision = this.precision(at);
    const recall = this.recall(at);
    return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  }

  /** The mean of the three: each label counts the same, however rare. */
  get macroF1(): number {
    return CLASSES.reduce((sum, _, at) => sum + this.f1(at), 0) / CLASSES.length;
  }
}
