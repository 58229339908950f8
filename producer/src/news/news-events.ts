import { createHash } from 'node:crypto';
import { type FeedEvent, type FeedSymbol, Flag } from '@feedmill/core/event';
import type { TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';
import { Channel } from '../venues/channels.ts';
import { Publisher } from '../venues/publishers.ts';

/** The feed of all news: an article speaks of instruments by what it says, not by a symbol. */
export const NEWS_FEED: FeedSymbol = {
  publisherId: Publisher.NEWS,
  venue: 'NEWS',
  rawSymbol: '',
};

/** One article, or one edition of it. */
export interface Article {
  /** Its own id at its source; the same over its editions. */
  readonly id: string;
  readonly source: string;
  readonly headline: string;
  readonly url: string;
  /** BCP 47 tag; empty where the source does not say. */
  readonly language: string;
  /** 0 for the first edition. */
  readonly revision: number;
  readonly tsEvent: bigint;
  readonly tsEventSource: TsEventSource;
  readonly tsRecv: bigint;
  /** The time of receipt is not known and stands for another. */
  readonly isRecvUnknown?: boolean;
}

/** The event of an article. Entities and sentiment are found by the worker. */
export function newsEvent(article: Article): FeedEvent {
  const { id, source, headline, url, language, revision } = article;
  return {
    symbol: NEWS_FEED,
    tsEvent: article.tsEvent,
    tsEventSource: article.tsEventSource,
    tsRecv: article.tsRecv,
    flags: Flag.LAST | (article.isRecvUnknown === true ? Flag.BAD_TS_RECV : 0),
    channelId: Channel.NEWS,
    body: {
      case: 'news',
      value: {
        newsId: id,
        source,
        headline,
        url,
        language,
        revision,
        isCorrection: revision > 0,
        contentHash: contentHash(headline),
      },
    },
  };
}

/** By which two editions are known to say the same. */
const contentHash = (headline: string): Uint8Array =>
  createHash('sha256').update(headline, 'utf8').digest();
