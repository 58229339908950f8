import type { SentimentModel } from '@feedmill/core/news/sentiment-model';

/** What the processors are told by configuration; the same for every producer of a shard. */
export interface ProcessorOptions {
  readonly storeBookDeltas: boolean;
  readonly allowedLatenessMs: number;
  /** Scores news; undefined: nothing does. */
  readonly sentimentModel: SentimentModel | undefined;
}
