// Trains the model that scores news, and writes down how good it is:
//
//   npm run train:sentiment     pod-worker/models/headline-linear and docs/sentiment.md
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { LinearModel } from '@feedmill/core/news/linear-model';
import { describeLinearModel } from '@feedmill/core/news/linear-model-file';
import { repositoryRoot } from './repository.ts';
import { evaluate } from './sentiment/evaluation.ts';
import { entityExamples, headlineExamples } from './sentiment/examples.ts';
import { HELD_OUT_FOLD, readLabelledHeadlines } from './sentiment/labelled-headlines.ts';
import { Lexicon } from './sentiment/lexicon.ts';
import { sentimentPage } from './sentiment/sentiment-page.ts';
import { trainLinear } from './sentiment/train-linear.ts';
import { TRAINING_OPTIONS } from './sentiment/training-options.ts';

const BUILTIN_ID = 'feedmill-headline-linear';
const BUILTIN_DIR = path.join(repositoryRoot, 'pod-worker/models/headline-linear');

const news = path.join(repositoryRoot, '../shared/data/news');
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: path.join(news, 'SEntFiN.csv') },
    lexicon: { type: 'string', default: path.join(news, 'vader_lexicon.txt') },
    out: { type: 'string', default: BUILTIN_DIR },
    id: { type: 'string', default: BUILTIN_ID },
  },
});

const data = fs.readFileSync(values.data, 'utf8');
const lexicon = new Lexicon(fs.readFileSync(values.lexicon, 'utf8'));
const headlines = readLabelledHeadlines(data);
const training = headlines.filter(({ fold }) => fold !== HELD_OUT_FOLD);
const heldOut = headlines.filter(({ fold }) => fold === HELD_OUT_FOLD);
const entities = entityExamples(training, TRAINING_OPTIONS.bits);
const wholes = headlineExamples(training, TRAINING_OPTIONS.bits);

const trained = trainLinear([...entities, ...wholes], TRAINING_OPTIONS);
const unnamed = new LinearModel({ id: values.id, version: '', ...trained });
const evaluation = evaluate(unnamed, lexicon, heldOut);
const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
const model = describeLinearModel(values.id, trained, {
  trainedBy: 'npm run train:sentiment',
  data: path.basename(values.data),
  dataSha256: createHash('sha256').update(data).digest('hex'),
  split: 'sha256(words, figures as 0) mod 5; part 0 is held out',
  trainedHeadlines: training.length,
  trainedEntities: entities.length,
  heldOutHeadlines: heldOut.length,
  heldOutEntities: evaluation.entities.total,
  ...TRAINING_OPTIONS,
  macroF1: rounded(evaluation.entities.macroF1),
  accuracy: rounded(evaluation.entities.accuracy),
  lexiconMacroF1: rounded(evaluation.lexicon.macroF1),
});

fs.mkdirSync(values.out, { recursive: true });
fs.writeFileSync(path.join(values.out, 'weights.bin'), trained.weights);
fs.writeFileSync(path.join(values.out, 'model.json'), `${JSON.stringify(model, undefined, 2)}\n`);
const page = sentimentPage(evaluation, {
  model,
  trainedHeadlines: training.length,
  trainedEntities: entities.length,
});
const isBuiltin = path.resolve(values.out) === BUILTIN_DIR;
fs.writeFileSync(
  isBuiltin ? path.join(repositoryRoot, 'docs/sentiment.md') : path.join(values.out, 'report.md'),
  page,
);
console.log(
  `${values.id} ${model.version}: macro-F1 ${rounded(evaluation.entities.macroF1)} on ` +
    `${evaluation.entities.total} held-out entities; lexicon ` +
    `${rounded(evaluation.lexicon.macroF1)}. Written to ${values.out}.`,
);
