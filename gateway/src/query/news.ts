import { pagedRows } from './page.ts';

/** The entities of the news, with the names of the instruments that they mean. */
const NAMED_ENTITIES = `
  (select coalesce(jsonb_agg(jsonb_build_object(
      'text', x.entity -> 'text',
      'instrument', m.name,
      'match_kind', x.entity -> 'match_kind',
      'confidence', x.entity -> 'confidence',
      'sentiment_label', x.entity -> 'sentiment_label',
      'sentiment_score', x.entity -> 'sentiment_score') order by x.at), '[]')
    from jsonb_array_elements(e.entities) with ordinality x (entity, at)
    left join feedmill.instrument m
      on m.instrument_id = (x.entity ->> 'instrument_id')::int8)`;

/** The filter is the instruments that they speak of, as patterns of an entity, or null for all. */
export const NEWS = pagedRows(
  'news',
  [
    { name: 'ts_event', kind: 'time', sql: 'e.ts_event', description: 'When it was published.' },
    { name: 'headline', kind: 'text', sql: 'e.headline', description: 'As it was sent.' },
    {
      name: 'source',
      kind: 'text',
      isNullable: true,
      sql: 'e.source',
      description: 'Who published it.',
    },
    { name: 'url', kind: 'text', isNullable: true, sql: 'e.url', description: 'Where it stands.' },
    {
      name: 'language',
      kind: 'text',
      isNullable: true,
      sql: 'e.language',
      description: 'Of the headline.',
    },
    {
      name: 'entities',
      kind: 'json',
      sql: NAMED_ENTITIES,
      description:
        'Whom it speaks of: text, instrument (null where it is none that is known), match_kind, ' +
        'confidence, sentiment_label and sentiment_score. One headline may be good for one and ' +
        'bad for another.',
    },
    {
      name: 'sentiment_label',
      kind: 'word',
      words: ['', 'POSITIVE', 'NEUTRAL', 'NEGATIVE'],
      sql: 'e.sentiment_label',
      description: 'Of the headline as a whole.',
    },
    {
      name: 'sentiment_score',
      kind: 'float',
      sql: 'e.sentiment_score',
      description: 'From -1 to 1.',
    },
    {
      name: 'model_id',
      kind: 'text',
      isNullable: true,
      sql: 'e.model_id',
      description: 'What judged it.',
    },
    {
      name: 'model_version',
      kind: 'text',
      isNullable: true,
      sql: 'e.model_version',
      description: 'Version of the model.',
    },
    { name: 'news_id', kind: 'text', sql: 'e.news_id', description: "The source's own." },
    {
      name: 'revision',
      kind: 'int32',
      sql: 'e.revision',
      description: 'How often the source has changed it.',
    },
    {
      name: 'is_correction',
      kind: 'bool',
      sql: 'e.is_correction',
      description: 'Whether it corrects what was said before.',
    },
    { name: 'producer', kind: 'text', sql: 'p.name', description: 'The feed that brought it.' },
    {
      name: 'producer_sequence',
      kind: 'int64',
      sql: 'e.producer_sequence',
      description: 'Number of the event in that feed.',
    },
    { name: 'ts_recv', kind: 'time', sql: 'e.ts_recv', description: 'When the feed received it.' },
    { name: 'ts_init', kind: 'time', sql: 'e.ts_init', description: 'When Feedmill received it.' },
  ],
  3,
  (columns, order, behind) => `
select ${columns}, e.ts_event, e.producer_id, e.producer_sequence
from (
  select * from feedmill.news e
  where ($1::jsonb[] is null or e.entities @> any ($1::jsonb[]))
    and e.ts_event >= $2 and e.ts_event < $3
    and (e.ts_event, e.producer_id, e.producer_sequence) ${behind} ($4::int8, $5::int8, $6::int8)
  order by e.ts_event ${order}, e.producer_id ${order}, e.producer_sequence ${order}
  limit $7
) e
left join feedmill.producer p on p.producer_id = e.producer_id
order by e.ts_event ${order}, e.producer_id ${order}, e.producer_sequence ${order}`,
);

/** What an entity looks like that means an instrument. */
export const entityPattern = (instrumentId: string): string =>
  JSON.stringify([{ instrument_id: instrumentId }]);
