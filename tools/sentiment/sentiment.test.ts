import fs from 'node:fs';
import path from 'node:path';
import { LinearModel } from '@feedmill/core/news/linear-model';
import { describeLinearModel, readLinearModel } from '@feedmill/core/news/linear-model-file';
import { SentimentLabel } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../repository.ts';
import { Confusion } from './confusion.ts';
import { evaluate } from './evaluation.ts';
import { entityExamples, headlineExamples } from './examples.ts';
import { foldOf, HELD_OUT_FOLD, readLabelledHeadlines } from './labelled-headlines.ts';
import { Lexicon } from './lexicon.ts';
import { trainLinear } from './train-linear.ts';
import { TRAINING_OPTIONS } from './training-options.ts';

const { POSITIVE, NEUTRAL, NEGATIVE } = SentimentLabel;

describe('labelled headlines', () => {
  const read = (title: string, decisions: string) =>
    readLabelledHeadlines(`S No.,Title,Decisions,Words\n1,"${title}","${decisions}",3\n`);

  it('are read with names that hold apostrophes and commas', () => {
    const [headline] = read(
      "Dr Reddy's, Cipla up; L&T down",
      "{'Dr Reddy's': 'positive', 'Cipla': 'neutral', 'L&T': 'negative'}",
    );
    expect(headline?.entities.map(({ text, label }) => [text, label])).toEqual([
      ["Dr Reddy's", POSITIVE],
      ['Cipla', NEUTRAL],
      ['L&T', NEGATIVE],
    ]);
  });

  it('are read where the labels have got into a name', () => {
    const [headline] = read('Bajaj Holdings rises', "{'Bajaj neutralings': 'positive'}");
    expect(headline?.entities).toMatchObject([{ text: 'Bajaj Holdings', span: { last: 1 } }]);
  });

  it('are on the same side of the split where only figures, case and marks differ', () => {
    expect(foldOf('Acme Q2 net up 5.2%')).toBe(foldOf('ACME Q3 net up 17.25 %'));
  });
});

it('macro-F1 counts each label the same', () => {
  const confusion = new Confusion();
  for (let count = 0; count < 98; count += 1) confusion.add(NEUTRAL, NEUTRAL);
  confusion.add(POSITIVE, NEUTRAL);
  confusion.add(NEGATIVE, NEGATIVE);
  expect(confusion.accuracy).toBeCloseTo(0.99);
  expect(confusion.macroF1).toBeCloseTo((196 / 197 + 0 + 1) / 3);
});

const news = path.join(repositoryRoot, '../shared/data/news');
const hasData = fs.existsSync(path.join(news, 'SEntFiN.csv'));

describe.skipIf(!hasData)('the model that comes along (needs ../shared/data)', () => {
  const dir = path.join(repositoryRoot, 'pod-worker/models/headline-linear');
  const description: unknown = JSON.parse(fs.readFileSync(path.join(dir, 'model.json'), 'utf8'));
  const weights = readLinearModel(description, fs.readFileSync(path.join(dir, 'weights.bin')), dir);
  const headlines = hasData
    ? readLabelledHeadlines(fs.readFileSync(path.join(news, 'SEntFiN.csv'), 'utf8'))
    : [];
  const training = headlines.filter(({ fold }) => fold !== HELD_OUT_FOLD);
  const heldOut = headlines.filter(({ fold }) => fold === HELD_OUT_FOLD);

  it('reaches a macro-F1 of 0.75 on held-out headlines, 15 points above a lexicon', () => {
    const lexicon = new Lexicon(fs.readFileSync(path.join(news, 'vader_lexicon.txt'), 'utf8'));
    const { entities, lexicon: counted } = evaluate(new LinearModel(weights), lexicon, heldOut);
    expect(entities.total).toBeGreaterThan(2800);
    expect(entities.macroF1).toBeGreaterThan(0.75);
    expect(entities.macroF1 - counted.macroF1).toBeGreaterThan(0.15);
  });

  it('is what the training makes of four fifths of the data, to the last bit', () => {
    const { bits } = TRAINING_OPTIONS;
    const examples = [...entityExamples(training, bits), ...headlineExamples(training, bits)];
    const trained = trainLinear(examples, TRAINING_OPTIONS);
    expect(describeLinearModel(weights.id, trained, {}).version).toBe(weights.version);
  });

  it('has not seen any headline of the held-out fifth', () => {
    const seen = new Set(training.map(({ text }) => text.toLowerCase()));
    expect(heldOut.filter(({ text }) => seen.has(text.toLowerCase()))).toEqual([]);
  });
});
