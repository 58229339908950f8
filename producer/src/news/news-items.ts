import type { FeedSymbol } from '@feedmill/core/event';
import { ANSWER_ITEMS_MAX } from '../poll/limits.ts';
import { type AnswerReader, digestOf, type PollItem, rejectedItem } from '../poll/poll-item.ts';
import { badField } from '../venues/message-fields.ts';
import { receiveTime, type Times, venueTime } from '../venues/message-times.ts';
import { MessageFault } from '../venues/rejection.ts';
import type { MessageProblems } from '../venues/venue-mapper.ts';
import { HEADLINE_CHARS_MAX } from './limits.ts';
import { NEWS_FEED, newsEvent } from './news-events.ts';
import type { ListedArticle, NewsFormat } from './news-formats.ts';
import { parseNewsTime } from './news-time.ts';

/** Makes articles of the answers of a feed of news. */
export class NewsItems implements AnswerReader {
  readonly feed: FeedSymbol = NEWS_FEED;
  readonly isWindow = true;
  readonly accept: string;
  readonly #format: NewsFormat;
  readonly #source: string | undefined;
  readonly #problems: MessageProblems;

  /** @param source what the feed is called; undefined: what it calls itself */
  constructor(format: NewsFormat, source: string | undefined, problems: MessageProblems) {
    this.accept = format.accept;
    this.#format = format;
    this.#source = source;
    this.#problems = problems;
  }

  items(text: string, tsRecv: bigint): readonly PollItem[] {
    const { title, articles } = this.#format.read(text);
    if (articles.length > ANSWER_ITEMS_MAX) {
      const seen = `the answer has ${articles.length} articles`;
      throw new MessageFault('oversized', `${seen} where ${ANSWER_ITEMS_MAX} are allowed`);
    }
    const source = this.#source ?? title;
    return articles.map((article) => {
      try {
        return itemOf(article, source, tsRecv);
      } catch (error) {
        return rejectedItem(this.feed, this.#problems, error, article.raw, tsRecv);
      }
    });
  }
}

function itemOf(article: ListedArticle, source: string, tsRecv: bigint): PollItem {
  const { link: url, language } = article;
  const headline = article.headline.slice(0, HEADLINE_CHARS_MAX);
  if (headline === '') throw badField('title', article.headline, 'a headline');
  const id = article.id || digestOf(headline);
  const published = timesOf(article.published, tsRecv);
  const updated = article.updated === '' ? published : timesOf(article.updated, tsRecv);
  const rest = { id, source, headline, url, language };
  return {
    key: id,
    says: headline,
    tsEvent: published.tsEvent,
    events: (revision) => [
      newsEvent({ ...rest, ...(revision === 0 ? published : updated), revision }),
    ],
  };
}

function timesOf(text: string, tsRecv: bigint): Times {
  if (text === '') return receiveTime(tsRecv);
  const nanos = parseNewsTime(text);
  if (nanos === undefined) throw badField('time', text, 'a time of ISO 8601 or RFC 822');
  return venueTime(nanos, tsRecv);
}
