import { SentimentLabel } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { tokensOf } from './headline-tokens.ts';
import { LinearFeatures } from './linear-features.ts';
import { CLASSES, LinearModel, type LinearWeights } from './linear-model.ts';
import { describeLinearModel, readLinearModel } from './linear-model-file.ts';
import type { TokenSpan } from './sentiment-model.ts';

const BITS = 12;

function featuresOf(headline: string, target: TokenSpan | undefined, others: TokenSpan[] = []) {
  const features = new LinearFeatures(BITS);
  features.extract(tokensOf(headline), target, others);
  return [...features.features.subarray(0, features.count)].sort((a, b) => a - b);
}

/** A model for which the word after the target decides. */
function modelOf(change: Partial<LinearWeights> = {}): LinearWeights {
  const weights = new Int8Array(2 ** BITS * CLASSES.length);
  for (const [word, at] of [
    ['gains', 0],
    ['falls', 2],
  ] as const) {
    const without = new Set(featuresOf('Acme', { first: 0, last: 0 }));
    for (const feature of featuresOf(`Acme ${word}`, { first: 0, last: 0 })) {
      if (!without.has(feature)) weights[feature * CLASSES.length + at] = 100;
    }
  }
  return {
    id: 'test',
    version: '1',
    bits: BITS,
    scale: 0.05,
    biases: [0, 0, 0],
    weights,
    ...change,
  };
}

describe('the features of a headline', () => {
  it('do not depend on who is named, nor on figures', () => {
    const acme = featuresOf('Acme Corp rises 5% as Umbrella falls', { first: 0, last: 1 }, [
      { first: 6, last: 6 },
    ]);
    const other = featuresOf(
      'Initech rises 12.5% as Bank of Nowhere falls',
      { first: 0, last: 0 },
      [{ first: 5, last: 7 }],
    );
    expect(acme).toEqual(other);
  });

  it('depend on which of the named ones is asked about', () => {
    const spans: TokenSpan[] = [
      { first: 0, last: 0 },
      { first: 3, last: 3 },
    ];
    const [first, second] = spans.map((span) =>
      featuresOf(
        'Acme rises while Umbrella falls',
        span,
        spans.filter((each) => each !== span),
      ),
    );
    expect(first).not.toEqual(second);
  });

  it('take an entity that overlaps the target for a part of it', () => {
    const alone = featuresOf('Acme Corp rises', { first: 0, last: 1 });
    expect(featuresOf('Acme Corp rises', { first: 0, last: 1 }, [{ first: 1, last: 1 }])).toEqual(
      alone,
    );
  });
});

describe('a linear model', () => {
  const model = new LinearModel(modelOf());
  const scoreOf = (headline: string) => model.score(tokensOf(headline), { first: 0, last: 0 }, []);

  it('scores what is said of the target', () => {
    expect(scoreOf('Umbrella gains')).toMatchObject({ label: SentimentLabel.POSITIVE });
    expect(scoreOf('Umbrella falls')).toMatchObject({ label: SentimentLabel.NEGATIVE });
    expect(scoreOf('Umbrella gains').score).toBeGreaterThan(0.5);
    expect(scoreOf('Umbrella falls').score).toBeLessThan(-0.5);
  });

  it('is neutral where it cannot tell, and about nothing at all', () => {
    expect(scoreOf('Umbrella')).toEqual({ label: SentimentLabel.NEUTRAL, score: 0 });
    expect(model.score([], undefined, [])).toEqual({ label: SentimentLabel.NEUTRAL, score: 0 });
  });
});

describe('a model in a file', () => {
  const weights = modelOf();
  const description = describeLinearModel('test', weights, { from: 'here' });
  const bytes = new Uint8Array(weights.weights.buffer);

  it('is read back as it was', () => {
    const { version } = description;
    expect(readLinearModel(JSON.parse(JSON.stringify(description)), bytes, 'x')).toEqual({
      ...weights,
      version,
    });
  });

  it('has another version as soon as one weight differs', () => {
    const changed = modelOf();
    changed.weights[0] = 1;
    expect(describeLinearModel('test', changed, {}).version).not.toBe(description.version);
  });

  it.each<[string, object, Uint8Array, RegExp]>([
    ['of another format', { format: 2 }, bytes, /model\.json\/format/],
    ['trained for other features', { features: 0 }, bytes, /features 0.*train it again/],
    ['without biases', { biases: [] }, bytes, /biases/],
    ['whose weights are cut off', {}, bytes.subarray(1), /weights\.bin has 12287 bytes/],
    ['whose weights were changed', {}, bytes.map((byte) => byte ^ 1), /SHA-256/],
  ])('is refused: one %s', (_what, change, given, message) => {
    expect(() => readLinearModel({ ...description, ...change }, given, 'x')).toThrow(message);
  });
});
