import { LinearFeatures } from '@feedmill/core/news/linear-features';
import { CLASSES } from '@feedmill/core/news/linear-model';
import type { SentimentLabel } from '@feedmill/proto/feedmill/v1/event_pb';
import type { LabelledHeadline } from './labelled-headlines.ts';

/** What the trainer learns from: the features of one entity in its headline, and its label. */
export interface Example {
  readonly features: Int32Array;
  /** Index within CLASSES. */
  readonly label: number;
}

const classOf = (label: SentimentLabel): number =>
  CLASSES.findIndex((candidate) => candidate === label);

/** An example for each entity of the headlines. */
export function entityExamples(headlines: readonly LabelledHeadline[], bits: number): Example[] {
  const extractor = new LinearFeatures(bits);
  return headlines.flatMap(({ tokens, entities }) =>
    entities.map(({ span, label }) => {
      const others = entities.filter((other) => other.span !== span).map((other) => other.span);
      extractor.extract(tokens, span, others);
      return { features: extractor.features.slice(0, extractor.count), label: classOf(label) };
    }),
  );
}

/** An example for each headline as a whole, where its entities agree. */
export function headlineExamples(headlines: readonly LabelledHeadline[], bits: number): Example[] {
  const extractor = new LinearFeatures(bits);
  return headlines.flatMap(({ tokens, entities }) => {
    const label = commonLabel(entities.map((entity) => entity.label));
    if (label === undefined) return [];
    const others = entities.map(({ span }) => span);
    extractor.extract(tokens, undefined, others);
    return [{ features: extractor.features.slice(0, extractor.count), label: classOf(label) }];
  });
}

/** The label that all of them are; undefined where they differ. */
export function commonLabel(labels: readonly SentimentLabel[]): SentimentLabel | undefined {
  return labels.every((label) => label === labels[0]) ? labels[0] : undefined;
}
