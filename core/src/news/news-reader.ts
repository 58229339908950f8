import type { EntityIndex, FoundEntity } from './entity-index.ts';
import { tokensOf } from './headline-tokens.ts';
import type { Sentiment, SentimentModel } from './sentiment-model.ts';

/** An entity and what the headline says about it; no sentiment where there is no model. */
export interface ReadEntity extends FoundEntity {
  readonly sentiment: Sentiment | undefined;
}

/** What a headline says: about each of its entities, and as a whole. */
export interface HeadlineReading {
  readonly entities: readonly ReadEntity[];
  readonly sentiment: Sentiment | undefined;
}

/** Finds the entities of a headline and scores each. A pure function of headline and arguments. */
export function readHeadline(
  headline: string,
  index: EntityIndex,
  model: SentimentModel | undefined,
): HeadlineReading {
  const tokens = tokensOf(headline);
  const found = index.find(headline, tokens);
  const entities = found.map((entity) => {
    const others = found.filter((other) => other !== entity).map(({ span }) => span);
    return { ...entity, sentiment: model?.score(tokens, entity.span, others) };
  });
  const spans = found.map(({ span }) => span);
  return { entities, sentiment: model?.score(tokens, undefined, spans) };
}
