import { expect, test } from 'vitest';
import { TopicFilter } from './topic.ts';

test('a topic alone wants everything of it and nothing else', () => {
  const filter = TopicFilter.parse('trades');
  expect(filter.wants('trades', ['AAPL.XNAS'])).toBe(true);
  expect(filter.wants('quotes', ['AAPL.XNAS'])).toBe(false);
});

test('names and patterns of one topic are taken together', () => {
  const filter = TopicFilter.parse('trades:AAPL.XNAS,trades:BTC*-PERP.*,quotes:*.XNAS');
  expect(filter.wants('trades', ['AAPL.XNAS'])).toBe(true);
  expect(filter.wants('trades', ['BTCUSDT-PERP.BINANCE'])).toBe(true);
  expect(filter.wants('trades', ['MSFT.XNAS'])).toBe(false);
  expect(filter.wants('quotes', ['MSFT.XNAS'])).toBe(true);
});

test.each([
  ['a*b*c', 'abc', true],
  ['a*b*c', 'aXbYc', true],
  ['a*b*c', 'acb', false],
  ['ab*ba', 'aba', false],
  ['a.c*', 'abc', false],
])('the pattern %s fits %s: %s', (pattern, name, fits) => {
  expect(TopicFilter.parse(`trades:${pattern}`).wants('trades', [name])).toBe(fits);
});

test('a pattern full of stars is done with at once', () => {
  const filter = TopicFilter.parse(`trades:${'*a'.repeat(90)}b`);
  expect(filter.wants('trades', ['a'.repeat(10_000)])).toBe(false);
});

test.each([
  ['', /from 1 to 200/],
  ['orders', /no topic 'orders'/],
  ['trades:', /no topic 'trades:'/],
  ['constructor', /no topic/],
  [Array.from({ length: 201 }, (_, index) => `trades:${index}`).join(','), /201 entries/],
])('topics %j are refused with what is allowed', (text, message) => {
  expect(() => TopicFilter.parse(text)).toThrow(message);
});
