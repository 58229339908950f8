import type { LinearModel } from '@feedmill/core/news/linear-model';
import { SentimentLabel } from '@feedmill/proto/feedmill/v1/event_pb';
import { Confusion } from './confusion.ts';
import { commonLabel } from './examples.ts';
import type { LabelledEntity, LabelledHeadline } from './labelled-headlines.ts';
import type { Lexicon } from './lexicon.ts';

/** An entity whose label the model missed. */
export interface Mistake {
  readonly headline: string;
  readonly entity: string;
  readonly actual: SentimentLabel;
  readonly found: SentimentLabel;
  readonly score: number;
}

/** How a model does on headlines that it has not seen. */
export interface Evaluation {
  readonly headlines: number;
  /** Every entity. */
  readonly entities: Confusion;
  /** Entities of headlines whose entities differ in their labels. */
  readonly disagreeing: Confusion;
  /** Headlines whose entities agree, as a whole. */
  readonly wholes: Confusion;
  /** The lexicon's count over the headline, for the same entities. */
  readonly lexicon: Confusion;
  /** Always the label that is the most frequent. */
  readonly constant: Confusion;
  readonly mistakes: readonly Mistake[];
}

export function evaluate(
  model: LinearModel,
  lexicon: Lexicon,
  headlines: readonly LabelledHeadline[],
): Evaluation {
  const result = {
    headlines: headlines.length,
    entities: new Confusion(),
    disagreeing: new Confusion(),
    wholes: new Confusion(),
    lexicon: new Confusion(),
    constant: new Confusion(),
    mistakes: [] as Mistake[],
  };
  for (const { text, tokens, entities } of headlines) {
    const common = commonLabel(entities.map(({ label }) => label));
    const counted = lexicon.labelOf(tokens);
    for (const { span, label, text: entity } of entities) {
      const { label: found, score } = model.score(tokens, span, othersOf(entities, span));
      result.entities.add(label, found);
      if (common === undefined) result.disagreeing.add(label, found);
      result.lexicon.add(label, counted);
      result.constant.add(label, SentimentLabel.NEUTRAL);
      if (found !== label) {
        result.mistakes.push({ headline: text, entity, actual: label, found, score });
      }
    }
    if (common === undefined) continue;
    const spans = entities.map(({ span }) => span);
    result.wholes.add(common, model.score(tokens, undefined, spans).label);
  }
  return result;
}

const othersOf = (entities: readonly LabelledEntity[], span: LabelledEntity['span']) =>
  entities.filter((entity) => entity.span !== span).map((entity) => entity.span);
