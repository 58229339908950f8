import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EntityIndex, type EntityName } from '@feedmill/core/news/entity-index';
import { tokensOf } from '@feedmill/core/news/headline-tokens';
import { readHeadline } from '@feedmill/core/news/news-reader';
import { loadSentimentModel } from '@feedmill/pod-worker/adapters/sentiment-models';
import { parse } from 'csv-parse/sync';

export interface SentimentOptions {
  readonly seconds: number;
  /** A CSV with a column Title; undefined: the recorded headlines, else made-up ones. */
  readonly headlines: string | undefined;
  readonly model: string;
}

export interface SentimentResult {
  readonly headlines: number;
  readonly origin: string;
  readonly model: string;
  /** Entities found and each scored, on one core. */
  readonly readPerSecond: number;
  /** The same of headlines in which nobody is named. */
  readonly wholePerSecond: number;
  readonly entitiesPerHeadline: number;
}

const RECORDED = path.join(import.meta.dirname, '../../../shared/data/news');
const MADE_UP = 20_000;

/** Headlines a second through entities and sentiment, in this process, on one core. */
export async function benchSentiment(options: SentimentOptions): Promise<SentimentResult> {
  const model = await loadSentimentModel(options.model);
  const { headlines, names, origin } = headlinesOf(options.headlines);
  const index = new EntityIndex(names);
  let entities = 0;
  const measure = (read: (headline: string) => number): number => {
    const startedMs = performance.now();
    const untilMs = startedMs + (options.seconds * 1000) / 2;
    let count = 0;
    while (performance.now() < untilMs) {
      for (const headline of headlines) entities += read(headline);
      count += headlines.length;
    }
    return (count * 1000) / (performance.now() - startedMs);
  };
  // The first round warms up.
  for (const headline of headlines)
    entities += readHeadline(headline, index, model).entities.length;
  const entitiesPerHeadline = entities / headlines.length;
  const readPerSecond = measure((headline) => readHeadline(headline, index, model).entities.length);
  const wholePerSecond = measure((headline) => {
    model?.score(tokensOf(headline), undefined, []);
    return 0;
  });
  return {
    headlines: headlines.length,
    origin,
    model: model === undefined ? 'off' : `${model.id} ${model.version}`,
    readPerSecond,
    wholePerSecond,
    entitiesPerHeadline,
  };
}

interface Headlines {
  readonly headlines: readonly string[];
  readonly names: readonly EntityName[];
  readonly origin: string;
}

function headlinesOf(file: string | undefined): Headlines {
  const recorded = path.join(RECORDED, 'SEntFiN.csv');
  const from = file ?? (existsSync(recorded) ? recorded : undefined);
  if (from === undefined) return madeUp();
  const headlines = columnsOf(from).map(({ Title = '' }) => Title);
  const list = path.join(RECORDED, 'entity_list_comprehensive.csv');
  const names = existsSync(list) ? columnsOf(list).flatMap(namesOf) : [];
  return { headlines, names, origin: path.basename(from) };
}

const columnsOf = (file: string): Record<string, string>[] =>
  parse(readFileSync(file), { columns: true, bom: true });

function namesOf({ Symbol: symbol = '', Entity = '' }: Record<string, string>): EntityName[] {
  const instrument = `${symbol}.XNSE`;
  return Entity.split(',').map((text) => ({ kind: 'ALIAS', text: text.trim(), instrument }));
}

/** Where there are no recorded headlines: 1,000 companies, and a few things said about them. */
function madeUp(): Headlines {
  const sayings = [
    'rises 5% on strong results',
    'falls after a profit warning',
    'to meet on Friday',
  ];
  const nameOf = (at: number): string => `Company ${((at * 7919) % 1000) + 1} Holdings`;
  const said = (at: number): string => `${nameOf(at)} ${sayings[at % sayings.length] ?? ''}`;
  return {
    headlines: Array.from({ length: MADE_UP }, (_, at) => `${said(at)} as ${said(at + 1)}`),
    names: Array.from({ length: 1000 }, (_, at) => ({
      kind: 'NAME',
      text: `Company ${at + 1} Holdings`,
      instrument: `C${at + 1}.XXXX`,
    })),
    origin: 'made up',
  };
}
