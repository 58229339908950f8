import { createHash } from 'node:crypto';
import { type HeadlineToken, tokensOf } from '@feedmill/core/news/headline-tokens';
import type { TokenSpan } from '@feedmill/core/news/sentiment-model';
import { SentimentLabel } from '@feedmill/proto/feedmill/v1/event_pb';
import { parse } from 'csv-parse/sync';

/** An entity of a headline with what a person found said about it. */
export interface LabelledEntity {
  readonly text: string;
  readonly span: TokenSpan;
  readonly label: SentimentLabel;
}

export interface LabelledHeadline {
  readonly text: string;
  readonly tokens: readonly HeadlineToken[];
  readonly entities: readonly LabelledEntity[];
  /** 0 to 4, by the hash of its words: the last is held out from training. */
  readonly fold: number;
}

const FOLDS = 5;
export const HELD_OUT_FOLD = 0;

const LABELS: Readonly<Record<string, SentimentLabel>> = {
  positive: SentimentLabel.POSITIVE,
  neutral: SentimentLabel.NEUTRAL,
  negative: SentimentLabel.NEGATIVE,
};

// `{'SpiceJet': 'neutral', "Dr. Reddy's": 'positive'}`: Python's notation, in which apostrophes
// inside of a name may stand as they are. What ends a name is a quote before a colon and a label.
const DECISION = /(?:^\{|, )(['"])(.*?)\1: ?(['"])(positive|neutral|negative)\3(?=, ['"]|\}$)/g;

/**
 * The labelled headlines of SEntFiN (a CSV with the columns Title and Decisions) whose entities are
 * found in them.
 */
export function readLabelledHeadlines(csv: string): LabelledHeadline[] {
  const rows = parse<Record<string, string>>(csv, { columns: true, bom: true });
  return rows
    .map(({ Title: text = '', Decisions: decisions = '' }) => {
      const tokens = tokensOf(text);
      const entities = [...decisions.matchAll(DECISION)].flatMap(([, , name = '', , label = '']) =>
        labelledEntity(text, tokens, name, LABELS[label] as SentimentLabel),
      );
      return { text, tokens, entities, fold: foldOf(text) };
    })
    .filter(({ entities }) => entities.length > 0);
}

/**
 * The part of the data that a headline belongs to. Headlines that differ in case, punctuation or
 * figures only belong together: "X Q2 net up 5%" must not train for "X Q2 net up 7%".
 */
export function foldOf(text: string): number {
  const words = text
    .toLowerCase()
    .replace(/\d+/g, '0')
    .replace(/[^a-z0]+/g, ' ')
    .trim();
  return createHash('sha256').update(words).digest().readUInt32BE(0) % FOLDS;
}

function labelledEntity(
  text: string,
  tokens: readonly HeadlineToken[],
  name: string,
  label: SentimentLabel,
): LabelledEntity[] {
  // In some names the labels' own words were replaced: 'Bajaj neutralings' is Bajaj Holdings.
  const spellings = [
    name,
    name.replace('neutral', 'Hold'),
    name.replace('negative', 'sell'),
    name.replace('positive', 'buy'),
  ];
  for (const spelling of spellings) {
    const start = text.toLowerCase().indexOf(spelling.toLowerCase());
    if (start < 0) continue;
    const end = start + spelling.length;
    const first = tokens.findIndex((token) => token.end > start);
    const last = tokens.findLastIndex((token) => token.start < end);
    if (first < 0 || last < first) continue;
    return [{ text: spelling, span: { first, last }, label }];
  }
  return [];
}
