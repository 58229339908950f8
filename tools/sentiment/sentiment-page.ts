import { CLASSES } from '@feedmill/core/news/linear-model';
import type { LinearModelFile } from '@feedmill/core/news/linear-model-file';
import { SentimentLabel } from '@feedmill/proto/feedmill/v1/event_pb';
import type { Confusion } from './confusion.ts';
import type { Evaluation, Mistake } from './evaluation.ts';

/** What docs/sentiment.md says beside the evaluation. */
export interface PageFacts {
  readonly model: LinearModelFile;
  readonly trainedHeadlines: number;
  readonly trainedEntities: number;
}

const NAMES: Readonly<Record<number, string>> = {
  [SentimentLabel.POSITIVE]: 'positive',
  [SentimentLabel.NEUTRAL]: 'neutral',
  [SentimentLabel.NEGATIVE]: 'negative',
};
const SHOWN_MISTAKES = 10;

const figure = (value: number): string => value.toFixed(3);
const thousands = (value: number): string => value.toLocaleString('en-US');
const nameOf = (label: SentimentLabel): string => NAMES[label] ?? '';

/** docs/sentiment.md: the page is written by the training, so that its figures are the model's. */
export function sentimentPage(evaluation: Evaluation, facts: PageFacts): string {
  return [
    introduction(facts.model),
    howItWorks(facts.model),
    howGood(evaluation, facts),
    mistakes(evaluation),
    OTHER_MODELS,
  ].join('\n');
}

const introduction = (model: LinearModelFile): string => `# Sentiment of news

<!-- Written by \`npm run train:sentiment\`; change tools/sentiment/sentiment-page.ts instead. -->

A headline may be good for one company and bad for another, so Feedmill scores each **entity** that
a headline names, and the headline as a whole. Scores are columns of [\`news\`](tables.md); a feed
that scores its news itself keeps its own.

\`\`\`sql
select time, headline, e->>'text' as entity, e->>'sentiment_label' as sentiment,
  e->>'sentiment_score' as score
from v_news, jsonb_array_elements(entities) e
order by ts_event desc limit 10;
\`\`\`

\`sentiment_score\` is the probability of good less that of bad, -1 to 1. \`model_id\` and
\`model_version\` say who scored: here \`${model.id}\`, \`${model.version}\`. The version
follows from the weights, so that rows with the same version were scored by the same model. Scoring
uses integers and exact arithmetic: every machine computes the same to the last bit.
`;

const howItWorks = ({ bits }: LinearModelFile): string => `## How it works

Logistic regression over three labels. Names are taken out first: the entity that is scored becomes
one word, other entities another, figures a third. What counts are words and pairs of words, each up
to four times: wherever they stand, by the side of the entity they stand on, within the entity's own
clause, and by side up to the next name. The model has 2^${bits} hashed features with a weight of
one byte for each label.

It knows words, not the world. It was trained on headlines of Indian business news in English, and
other languages and other kinds of text are beyond it.
`;

function howGood(evaluation: Evaluation, facts: PageFacts): string {
  const { entities, lexicon, constant, disagreeing, wholes, headlines } = evaluation;
  const lead = (100 * (entities.macroF1 - lexicon.macroF1)).toFixed(1);
  const row = (name: string, { macroF1, accuracy }: Confusion): string =>
    `| ${name} | ${figure(macroF1)} | ${figure(accuracy)} |`;
  return `## How good it is

Trained on four fifths of SEntFiN (${thousands(facts.trainedHeadlines)} headlines with
${thousands(facts.trainedEntities)} entities) and measured on the last fifth
(${thousands(headlines)} headlines with ${thousands(entities.total)} entities), which it has never
seen. A headline's fifth follows from a hash of its words with figures left out, so that headlines
which differ in their figures alone are on the same side. Features and settings were chosen by
cross-validation within the four fifths; before that, some variants had been compared on a fifth
that overlaps the held-out one. They lay within 0.03 of one another, so that the figure may flatter
the model by less than that.

| held-out fifth | macro-F1 | accuracy |
|---|---|---|
${row('**the model, by entity**', entities)}
${row('the model, entities of headlines whose entities differ in their labels', disagreeing)}
${row('the model, whole headlines, where the entities agree', wholes)}
${row('counting good and bad words of the VADER lexicon', lexicon)}
${row('always saying neutral', constant)}

The lead over the lexicon is ${lead} points of macro-F1. Positions of the entities are given in this
measurement; in operation they are found first, and what is not found is not scored.

${labelTable(entities)}

Confusion, by entity; rows are what a person said, columns what the model says:

${confusionTable(entities)}
`;
}

const mistakes = (evaluation: Evaluation): string => `## What it gets wrong

${kindsOfMistakes(evaluation.entities)}

Headlines that say two things at once are the hardest: see the second line of the first table. It
knows no negation beyond a pair of words, no irony and no business: who gains when a price falls is
beyond it. The mistakes that it is surest of (people disagree about some, too):

${mistakeTable(evaluation.mistakes)}
`;

const OTHER_MODELS = `## Another model

\`--sentiment-model\` (\`FEEDMILL_SENTIMENT_MODEL\`) of a worker takes

- \`builtin\`, the one above; \`off\`, then nothing is scored and entities are still found;
- a folder with \`model.json\` and \`weights.bin\`, as the training writes them;
- a JavaScript or TypeScript module that exports \`sentimentModel\`: an object with \`id\`,
  \`version\` and \`score(tokens, target, others)\`, as
  [sentiment-model.ts](../core/src/news/sentiment-model.ts) describes it. It has to be a pure
  function, and its version has to change with every change to its scores.

To train on headlines of your own, in SEntFiN's columns \`Title\` and \`Decisions\`:

\`\`\`sh
npm run train:sentiment -- --data headlines.csv --out my-model --id my-model
\`\`\`

How fast it is: \`npm run bench -- sentiment\` ([performance](performance.md)).

The data: SEntFiN 1.0, pyRis/SEntFiN, MIT licence; VADER lexicon, cjhutto/vaderSentiment, MIT
licence. Nothing of them is part of Feedmill but the quotes above; \`model.json\` names files and
digests.
`;

function labelTable(confusion: Confusion): string {
  const rows = CLASSES.map((label, at) => {
    const count = (confusion.counts[at] ?? []).reduce((sum, each) => sum + each, 0);
    const figures = [confusion.precision(at), confusion.recall(at), confusion.f1(at)];
    return `| ${nameOf(label)} | ${figures.map(figure).join(' | ')} | ${thousands(count)} |`;
  });
  return ['| label | precision | recall | F1 | entities |', '|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}

function confusionTable(confusion: Confusion): string {
  const header = `| | ${CLASSES.map(nameOf).join(' | ')} |`;
  const rows = CLASSES.map((label, at) => {
    const counts = (confusion.counts[at] ?? []).map(thousands);
    return `| **${nameOf(label)}** | ${counts.join(' | ')} |`;
  });
  return [header, '|---|---|---|---|', ...rows].join('\n');
}

/** The confusions by how often they come, as sentences. */
function kindsOfMistakes(confusion: Confusion): string {
  const kinds = CLASSES.flatMap((actual, row) =>
    CLASSES.map((found, column) => ({
      actual,
      found,
      count: actual === found ? 0 : (confusion.counts[row]?.[column] ?? 0),
    })),
  ).filter(({ count }) => count > 0);
  const wrong = kinds.reduce((sum, { count }) => sum + count, 0);
  const lines = kinds
    .sort((a, b) => b.count - a.count)
    .map(({ actual, found, count }) => {
      const share = ((100 * count) / wrong).toFixed(0);
      return `- ${nameOf(actual)} taken for ${nameOf(found)}: ${thousands(count)}, ${share} %`;
    });
  const share = ((100 * wrong) / confusion.total).toFixed(1);
  const total = thousands(confusion.total);
  const head = `Of ${total} entities ${thousands(wrong)} (${share} %) are labelled wrongly:`;
  return [head, '', ...lines].join('\n');
}

function mistakeTable(all: readonly Mistake[]): string {
  const surest = [...all]
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score) || (a.headline < b.headline ? -1 : 1))
    .slice(0, SHOWN_MISTAKES);
  const rows = surest.map(({ headline, entity, actual, found, score }) => {
    const said = `${nameOf(found)} ${score.toFixed(2)}`;
    return `| ${headline.replaceAll('|', '\\|')} | ${entity} | ${nameOf(actual)} | ${said} |`;
  });
  const header = ['| headline | entity | a person says | the model says |', '|---|---|---|---|'];
  return [...header, ...rows].join('\n');
}
