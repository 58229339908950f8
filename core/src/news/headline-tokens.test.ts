import { describe, expect, it } from 'vitest';
import { HEADLINE_TOKENS_MAX } from '../limits.ts';
import { tokensOf } from './headline-tokens.ts';

const textsOf = (headline: string): string[] => tokensOf(headline).map(({ text }) => text);

describe('the tokens of a headline', () => {
  it('are words, numbers and marks, in small letters, with where they stand', () => {
    const headline = "L&T's Q2 net up 16.43% to Rs 1,110.67 cr";
    const texts = "l&t|'|s|q2|net|up|16.43|%|to|rs|1,110.67|cr".split('|');
    expect(textsOf(headline)).toEqual(texts);
    for (const { text, start, end } of tokensOf(headline)) {
      expect(headline.slice(start, end).toLowerCase()).toBe(text);
    }
  });

  it('keep joined words together and score every number alike', () => {
    expect(textsOf("Don’t buy AT&T2; it isn't").join(' ')).toBe("don’t buy at&t2 ; it isn't");
    const [first, second] = tokensOf('5 1,110.67');
    expect(first?.hash).toBe(second?.hash);
    expect(first?.text).not.toBe(second?.text);
  });

  it('are words in every script', () => {
    expect(textsOf('Société Générale 上涨 5%')).toEqual(['société', 'générale', '上涨', '5', '%']);
  });

  it('end at the bound, however long the text is', () => {
    expect(tokensOf('word '.repeat(1000))).toHaveLength(HEADLINE_TOKENS_MAX);
    expect(tokensOf('')).toEqual([]);
  });
});
