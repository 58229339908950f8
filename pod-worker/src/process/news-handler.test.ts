import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { EntityIndex } from '@feedmill/core/news/entity-index';
import type { SentimentModel } from '@feedmill/core/news/sentiment-model';
import { stableId } from '@feedmill/core/stable-id';
import { EntityMatchKind, NewsSchema, SentimentLabel } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { enrichNews } from './news-handler.ts';

const { POSITIVE, NEUTRAL, NEGATIVE, UNSPECIFIED } = SentimentLabel;
const ACME = stableId('ACME.XNAS');

const index = new EntityIndex([
  { kind: 'NAME', text: 'Acme', instrument: 'ACME.XNAS' },
  { kind: 'NAME', text: 'Umbrella', instrument: 'UMB.XNAS' },
]);
/** Who comes first is well off. */
const model: SentimentModel = {
  id: 'first-wins',
  version: '3',
  score: (_tokens, target) => {
    if (target === undefined) return { label: NEUTRAL, score: 0.123456 };
    return target.first === 0 ? { label: POSITIVE, score: 0.9 } : { label: NEGATIVE, score: -0.9 };
  },
};

function enriched(
  fields: MessageInitShape<typeof NewsSchema>,
  by: SentimentModel | undefined = model,
) {
  const news = create(NewsSchema, { headline: 'Acme beats Umbrella', ...fields });
  enrichNews(news, index, by);
  return news;
}

describe('news', () => {
  it('get the entities of their headline, each with its own sentiment', () => {
    expect(enriched({})).toMatchObject({
      sentimentLabel: NEUTRAL,
      sentimentScore: 0.1235,
      modelId: 'first-wins',
      modelVersion: '3',
      entities: [
        {
          text: 'Acme',
          instrumentId: ACME,
          matchKind: EntityMatchKind.NAME,
          confidence: 0.95,
          sentimentLabel: POSITIVE,
        },
        { text: 'Umbrella', sentimentLabel: NEGATIVE, sentimentScore: -0.9 },
      ],
    });
  });

  it('keep the entities that the feed gave, and get their sentiment', () => {
    const { entities } = enriched({ entities: [{ text: 'ACME', instrumentId: ACME }] });
    expect(entities.map(({ text }) => text)).toEqual(['ACME', 'Umbrella']);
    expect(entities[0]).toMatchObject({ sentimentLabel: POSITIVE, confidence: 0 });
  });

  it('are not scored where the headline does not name the entity that the feed gave', () => {
    const { entities } = enriched({ entities: [{ text: 'Initech', instrumentId: 5n }] });
    expect(entities[0]).toMatchObject({ text: 'Initech', sentimentLabel: UNSPECIFIED });
  });

  it.each<[string, MessageInitShape<typeof NewsSchema>]>([
    ['as a whole', { sentimentLabel: NEGATIVE, sentimentScore: -1 }],
    ['by a model of its own', { modelId: 'theirs', modelVersion: '1' }],
    ['for an entity', { entities: [{ text: 'Acme', sentimentLabel: NEGATIVE }] }],
  ])('that the feed has scored %s keep its scores and get no others', (_how, fields) => {
    const news = enriched(fields);
    expect(news.modelId).toBe(fields.modelId ?? '');
    expect(news.sentimentLabel).toBe(fields.sentimentLabel ?? UNSPECIFIED);
    const labels = news.entities.map(({ sentimentLabel }) => sentimentLabel);
    expect(labels).toEqual([fields.entities?.[0]?.sentimentLabel ?? UNSPECIFIED, UNSPECIFIED]);
  });

  it('without a model have entities and no sentiment', () => {
    const news = create(NewsSchema, { headline: 'Acme beats Umbrella' });
    enrichNews(news, index, undefined);
    expect(news).toMatchObject({ modelId: '', sentimentLabel: UNSPECIFIED });
    expect(news.entities).toHaveLength(2);
  });
});
