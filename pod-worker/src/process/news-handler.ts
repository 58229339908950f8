import { create } from '@bufbuild/protobuf';
import type { EntityIndex } from '@feedmill/core/news/entity-index';
import {
  type HeadlineReading,
  type ReadEntity,
  readHeadline,
} from '@feedmill/core/news/news-reader';
import type { SentimentModel } from '@feedmill/core/news/sentiment-model';
import {
  type News,
  type NewsEntity,
  NewsEntitySchema,
  NewsSchema,
  SentimentLabel,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { writeNewsRow } from '@feedmill/store/copy/document-rows';
import { decodeChecked } from './decode-body.ts';
import type { EventContext } from './event-context.ts';

// A score says no more than this; longer decimals would only fill the rows.
const SCORE_STEPS = 10_000;

/**
 * News, with or without an instrument: a row, with who it speaks of and what it says of each. They
 * are returned as they are stored.
 */
export function handleNews(
  context: EventContext,
  index: EntityIndex,
  model: SentimentModel | undefined,
): News {
  const news = decodeChecked(context, NewsSchema);
  enrichNews(news, index, model);
  writeNewsRow(context.rows.copies.plain('news'), context.event, news, context.ids);
  return news;
}

/**
 * Adds what the feed has not said itself: entities that the headline names, and sentiments. A feed
 * that scores its news is left with its own scores, for two scorers in one row would be compared.
 */
export function enrichNews(
  news: News,
  index: EntityIndex,
  model: SentimentModel | undefined,
): void {
  const reading = readHeadline(news.headline, index, model);
  const scored = isScored(news) ? undefined : reading;
  for (const entity of news.entities) completeEntity(entity, scored);
  for (const found of reading.entities) {
    if (!news.entities.some((given) => isSame(given, found))) {
      news.entities.push(newEntity(found, scored));
    }
  }
  if (scored?.sentiment === undefined || model === undefined) return;
  news.sentimentLabel = scored.sentiment.label;
  news.sentimentScore = rounded(scored.sentiment.score);
  news.modelId = model.id;
  news.modelVersion = model.version;
}

const isScored = (news: News): boolean =>
  news.sentimentLabel !== SentimentLabel.UNSPECIFIED ||
  news.modelId !== '' ||
  news.entities.some(({ sentimentLabel }) => sentimentLabel !== SentimentLabel.UNSPECIFIED);

const rounded = (score: number): number => Math.round(score * SCORE_STEPS) / SCORE_STEPS;

const isSame = (given: NewsEntity, found: ReadEntity): boolean =>
  given.instrumentId === 0n || found.instrumentId === 0n
    ? given.text.toLowerCase() === found.text.toLowerCase()
    : given.instrumentId === found.instrumentId;

/** An entity gets the sentiment of the place where the headline names it, if it does. */
function completeEntity(given: NewsEntity, scored: HeadlineReading | undefined): void {
  const found = scored?.entities.find((entity) => isSame(given, entity));
  if (found?.sentiment === undefined) return;
  given.sentimentLabel = found.sentiment.label;
  given.sentimentScore = rounded(found.sentiment.score);
}

function newEntity(found: ReadEntity, scored: HeadlineReading | undefined): NewsEntity {
  const entity = create(NewsEntitySchema, {
    text: found.text,
    instrumentId: found.instrumentId,
    matchKind: found.kind,
    confidence: rounded(found.confidence),
  });
  completeEntity(entity, scored);
  return entity;
}
