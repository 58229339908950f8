import { EntityMatchKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { HEADLINE_ENTITIES_MAX } from '../limits.ts';
import { stableId } from '../stable-id.ts';
import { EntityIndex, type EntityName, type FoundEntity } from './entity-index.ts';
import { tokensOf } from './headline-tokens.ts';

const { ALIAS, CASHTAG, ISIN, NAME, TICKER } = EntityMatchKind;

const NAMES: readonly EntityName[] = [
  { kind: 'TICKER', text: 'AAPL', instrument: 'AAPL.XNAS' },
  { kind: 'ISIN', text: 'US0378331005', instrument: 'AAPL.XNAS' },
  { kind: 'NAME', text: 'Apple Inc.', instrument: 'AAPL.XNAS' },
  { kind: 'ALIAS', text: 'Apple', instrument: 'AAPL.XNAS' },
  { kind: 'TICKER', text: 'BRK.B', instrument: 'BRK.B.XNYS' },
  { kind: 'TICKER', text: 'ALL', instrument: 'ALL.XNYS' },
  { kind: 'TICKER', text: 'F', instrument: 'F.XNYS' },
  { kind: 'NAME', text: "Dr. Reddy's Laboratories", instrument: 'DRREDDY.XNSE' },
  { kind: 'ALIAS', text: 'Bajaj', instrument: 'BAJFINANCE.XNSE' },
  { kind: 'ALIAS', text: 'Bajaj', instrument: 'BAJAJ-AUTO.XNSE' },
  { kind: 'NAME', text: 'Bajaj Auto', instrument: 'BAJAJ-AUTO.XNSE' },
];
const index = new EntityIndex(NAMES);

const find = (headline: string, within = index): FoundEntity[] =>
  within.find(headline, tokensOf(headline));
const told = (headline: string, within = index) =>
  find(headline, within).map(({ text, kind, instrumentId }) => [text, kind, instrumentId]);

const APPLE = stableId('AAPL.XNAS');

describe('an entity is found', () => {
  it.each<[string, string, EntityMatchKind]>([
    ['by cashtag', '$AAPL', CASHTAG],
    ['by cashtag in small letters', '$aapl', CASHTAG],
    ['by ticker', 'AAPL', TICKER],
    ['by ISIN', 'US0378331005', ISIN],
    ['by name', 'Apple Inc', NAME],
    ['by name with its mark', 'APPLE INC.', NAME],
    ['by alias', 'Apple', ALIAS],
  ])('%s', (_how, text, kind) => {
    const [entity] = find(`Shares of ${text} rise`);
    expect(entity).toMatchObject({ kind, instrumentId: APPLE });
    expect(entity?.confidence).toBeGreaterThan(0.8);
  });

  it('with its marks left out or put in', () => {
    const reddy = stableId('DRREDDY.XNSE');
    expect(told("Dr Reddy's Laboratories gains")).toEqual([
      ["Dr Reddy's Laboratories", NAME, reddy],
    ]);
  });

  it('by a cashtag with a share class, but not across the end of a sentence', () => {
    expect(told('$BRK.B up')).toEqual([['$BRK.B', CASHTAG, stableId('BRK.B.XNYS')]]);
    expect(told('Buy $F. A good year')).toEqual([['$F', CASHTAG, stableId('F.XNYS')]]);
  });
});

describe('an entity is not guessed', () => {
  it('from a ticker in small letters, or one of two letters', () => {
    expect(told('not all of it')).toEqual([]);
    expect(told('Plan F fails')).toEqual([]);
    expect(told('ALL shares fall')).toEqual([['ALL', TICKER, stableId('ALL.XNYS')]]);
  });

  it('from a name that several instruments have', () => {
    expect(find('Bajaj rises')).toMatchObject([
      { text: 'Bajaj', kind: ALIAS, instrumentId: 0n, confidence: 0.425 },
    ]);
    expect(told('Bajaj Auto rises')).toEqual([['Bajaj Auto', NAME, stableId('BAJAJ-AUTO.XNSE')]]);
  });

  it('where nobody knows it: cashtags and ISINs stand with instrument 0', () => {
    const nobody = new EntityIndex();
    expect(told('$TSLA and US0378331005 and Apple', nobody)).toEqual([
      ['$TSLA', CASHTAG, 0n],
      ['US0378331005', ISIN, 0n],
    ]);
  });

  it('from an amount of money, or digits whose check digit is wrong', () => {
    expect(told('A $5 share, $ and US0378331006')).toEqual([]);
  });

  it('for certain: small letters and a headline in capitals say less', () => {
    const confidenceOf = (headline: string) => find(headline)[0]?.confidence ?? 0;
    expect(confidenceOf('apple harvest')).toBeLessThan(confidenceOf('Apple harvest'));
    expect(confidenceOf('ALL RISE')).toBeLessThan(confidenceOf('ALL shares rise'));
  });
});

it('each instrument is named once, by its most certain mention', () => {
  expect(told('Apple beats: $AAPL up, Apple Inc. down')).toEqual([['$AAPL', CASHTAG, APPLE]]);
});

it('a text of nothing but names ends at the bound', () => {
  const text = Array.from(
    { length: 100 },
    (_, at) => `$${'ABCDEFGHIJ'[at % 10]}${'KLMNOPQRST'[Math.floor(at / 10)]}`,
  );
  expect(find(text.join(' '))).toHaveLength(HEADLINE_ENTITIES_MAX);
});
