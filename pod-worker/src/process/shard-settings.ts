import { FeedmillError } from '@feedmill/core/errors';
import type { SentimentModel } from '@feedmill/core/news/sentiment-model';

/** Settings of the worker that rows depend on: the payload of an EPOCH entry. */
export interface ShardSettings {
  /** `id@version` of what scores news; empty: nothing does. */
  readonly sentimentModel: string;
  /** How long a quote counts that is not renewed. */
  readonly quoteAgeMaxMs: number;
  /** How long a feed's quotes count while nothing comes of it. */
  readonly feedSilenceMaxMs: number;
  /** Whether alerts are sent, or only kept. */
  readonly sendsAlerts: boolean;
}

/** Settings of a journal that says nothing of them. */
export const DEFAULT_SETTINGS: ShardSettings = {
  sentimentModel: '',
  quoteAgeMaxMs: 600_000,
  feedSilenceMaxMs: 10_000,
  sendsAlerts: false,
};

export const modelName = (model: SentimentModel | undefined): string =>
  model === undefined ? '' : `${model.id}@${model.version}`;

/** @param previousEpoch for people who read the journal */
export function encodeSettings(settings: ShardSettings, previousEpoch: number): Buffer {
  return Buffer.from(JSON.stringify({ previousEpoch, ...settings }));
}

export function decodeSettings(payload: Uint8Array): ShardSettings {
  try {
    const fields = JSON.parse(Buffer.from(payload).toString('utf8')) as Record<string, unknown>;
    const { sentimentModel, quoteAgeMaxMs, feedSilenceMaxMs, sendsAlerts } = fields;
    return {
      sentimentModel: typeof sentimentModel === 'string' ? sentimentModel : '',
      quoteAgeMaxMs: numberOr(quoteAgeMaxMs, DEFAULT_SETTINGS.quoteAgeMaxMs),
      feedSilenceMaxMs: numberOr(feedSilenceMaxMs, DEFAULT_SETTINGS.feedSilenceMaxMs),
      sendsAlerts: sendsAlerts === true,
    };
  } catch (error) {
    throw new FeedmillError('JOURNAL_CORRUPT', 'An EPOCH entry cannot be read.', { cause: error });
  }
}

const numberOr = (value: unknown, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise;
