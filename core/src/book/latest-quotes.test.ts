import { expect, it } from 'vitest';
import { UNDEF_PRICE } from '../event.ts';
import { StateReader } from '../state/state-reader.ts';
import { StateWriter } from '../state/state-writer.ts';
import { LatestQuotes } from './latest-quotes.ts';

const quote = (bidPx: number) => ({ bidPx, bidSz: 1, askPx: UNDEF_PRICE, askSz: 0 });

it('keeps the quote with the latest event time, and of equals the one sent last', () => {
  const quotes = new LatestQuotes();
  expect(quotes.update(1, 10, 500, 1, quote(100))).toBe(true);
  expect(quotes.update(1, 10, 499, 2, quote(99))).toBe(false);
  expect(quotes.update(1, 9, 900, 3, quote(98))).toBe(false);
  expect(quotes.get(1)).toMatchObject({ bidPx: 100, sequence: 1 });
  expect(quotes.update(1, 10, 500, 4, quote(101))).toBe(true);
  expect(quotes.update(2, 3, 0, 5, quote(7))).toBe(true);
  expect([quotes.get(1)?.bidPx, quotes.get(2)?.bidPx, quotes.get(3)]).toEqual([101, 7, undefined]);
});

it('takes quotes back, one or all', () => {
  const quotes = new LatestQuotes();
  for (const instrument of [1, 2, 3]) quotes.update(instrument, 1, 0, instrument, quote(1));
  quotes.withdraw(2);
  expect([1, 2, 3].map((instrument) => quotes.get(instrument) !== undefined)).toEqual([
    true,
    false,
    true,
  ]);
  quotes.withdrawAll();
  expect(quotes.get(1)).toBe(undefined);
});

it('is the same after a checkpoint', () => {
  const quotes = new LatestQuotes();
  quotes.update(1, -5, 999_999_999, 2 ** 40, quote(100));
  quotes.update(70_000, 1_723_000_000, 0, 2, quote(-1));
  const writer = new StateWriter();
  quotes.writeState(writer);
  const restored = new LatestQuotes();
  const reader = new StateReader(writer.finish());
  restored.readState(reader);
  expect(reader.isAtEnd).toBe(true);
  expect([restored.get(1), restored.get(70_000)]).toEqual([quotes.get(1), quotes.get(70_000)]);
});
