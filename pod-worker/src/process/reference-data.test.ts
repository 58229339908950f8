import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';
import type { SentimentModel } from '@feedmill/core/news/sentiment-model';
import { stableId } from '@feedmill/core/stable-id';
import { describe, expect, it } from 'vitest';
import type { RowBatch } from '../sink/row-batch.ts';
import { DAY, definition, event, SHARE, trade } from './testing/processed-rows.ts';
import { TestJournal } from './testing/test-journal.ts';

const NANOS_PER_MINUTE = 60_000_000_000n;
const OTHER: FeedSymbol = { ...SHARE, rawSymbol: 'FB' };
const MODEL: SentimentModel = { id: 'm', version: '1', score: () => ({ label: 1, score: 1 }) };

const INSTRUMENTS = [
  { venue: 'XNAS', symbol: 'FB', instrument: 'META.XNAS', quote: 'USD', to: String(DAY) },
  { venue: 'XNAS', symbol: 'FB', instrument: 'FUND.XNAS', quote: 'USD', from: String(DAY) },
];
const at = (nanos: bigint, symbol = OTHER): FeedEvent => trade({}, { symbol, tsEvent: nanos });
const reasons = (rows: RowBatch) => rows.deadLetters.map(({ reason }) => reason);
const tradedIds = (rows: RowBatch) =>
  rows.copies.copies
    .filter(({ table }) => table === 'trade')
    .flatMap(({ copy }) => Array.from({ length: copy.rowCount }, (_, row) => copy.row(row)))
    // Field count, length, then the first field: the instrument's id.
    .map((row) => row.readBigInt64BE(6));

const idsOf = (...names: string[]) => new Set(names.map(stableId));

describe('instruments that were loaded', () => {
  it('resolve what the feed does not define, as of the time of the event', () => {
    const journal = new TestJournal();
    journal.load('instruments', 1, INSTRUMENTS);
    const rows = journal.send(at(DAY - 1n), at(DAY));
    expect(reasons(rows)).toEqual([]);
    expect(new Set(tradedIds(rows))).toEqual(idsOf('META.XNAS', 'FUND.XNAS'));
  });

  it('hold from their place in the journal on: before it the symbol is a dead letter', () => {
    const journal = new TestJournal();
    const before = journal.send(at(DAY));
    expect(reasons(before)).toEqual(['INSTRUMENT_UNKNOWN']);
    expect(before.deadLetters[0]?.message).toMatch(/was not defined; send a Definition first/);
    journal.load('instruments', 1, INSTRUMENTS);
    expect(reasons(journal.send(at(DAY)))).toEqual([]);
  });

  it('do not go before what the feed has defined itself', () => {
    const journal = new TestJournal();
    journal.load('instruments', 1, INSTRUMENTS);
    const rows = journal.send(definition('OWN.XNAS', { symbol: OTHER }), at(DAY));
    expect(tradedIds(rows)).toEqual([stableId('OWN.XNAS')]);
  });

  it('leave a symbol unknown at a time that nobody speaks of, and say which are', () => {
    const journal = new TestJournal();
    const known = [{ venue: 'XNAS', symbol: 'FB', instrument: 'META.XNAS', to: '500' }];
    journal.load('instruments', 1, known);
    const [letter] = journal.send(at(DAY)).deadLetters;
    expect(letter?.message).toMatch(/is defined for any time to 500 ns, and not for \d+ ns/);
  });

  it('are forgotten when a later version lacks them, and an older version changes nothing', () => {
    const journal = new TestJournal();
    journal.load('instruments', 2, []);
    journal.load('instruments', 1, INSTRUMENTS);
    expect(reasons(journal.send(at(DAY)))).toEqual(['INSTRUMENT_UNKNOWN']);
    expect(journal.rows.references).toEqual([]);
  });

  it('become rows, with their symbols', () => {
    const journal = new TestJournal();
    journal.load('instruments', 1, INSTRUMENTS);
    const { instruments, symbols, references } = journal.rows;
    expect(instruments.map(({ name }) => name)).toEqual(['META.XNAS', 'FUND.XNAS']);
    expect(symbols.map(({ validFrom, validTo }) => [validFrom, validTo])).toEqual([
      [0n, DAY],
      [DAY, 0n],
    ]);
    expect(references).toMatchObject([{ kind: 'instruments', version: 1, source: 'test' }]);
  });
});

describe('a definition of a feed', () => {
  it('holds for its time, and a later one takes over from there', () => {
    const journal = new TestJournal();
    const since = (instrument: string, validFrom: bigint): FeedEvent =>
      event({ case: 'definition', value: { instrument, validFrom } });
    const rows = journal.send(
      since('OLD.XNAS', 0n),
      since('NEW.XNAS', DAY),
      at(DAY - 1n, SHARE),
      at(DAY, SHARE),
    );
    expect(new Set(tradedIds(rows))).toEqual(idsOf('OLD.XNAS', 'NEW.XNAS'));
  });
});

describe('a bar', () => {
  const euros = {
    reporting: 'EUR',
    rates: [{ currency: 'USD', rate: '500000000', from: '0' }],
  };
  const share = event({ case: 'definition', value: { instrument: 'A.XNAS', quote: 'USD' } });
  const minute = (from: bigint): FeedEvent[] => [
    trade({ price: 4_000_000_000, size: 3_000_000_000 }, { tsEvent: from }),
    trade({ tradeId: 'next' }, { tsEvent: from + NANOS_PER_MINUTE }),
  ];
  const reported = ({ bars }: RowBatch) =>
    bars
      .filter(({ stepMs, revision }) => stepMs === 60_000 && revision === 0)
      .map(({ notional, reportingCurrency, reportingRate, reportingNotional, ratesVersion }) => ({
        notional,
        reportingCurrency,
        reportingRate,
        reportingNotional,
        ratesVersion,
      }));

  it('says its notional in the reporting currency, and by which version of the rates', () => {
    const journal = new TestJournal();
    journal.load('rates', 7, euros);
    const [bar] = reported(journal.send(share, ...minute(DAY)));
    expect(bar).toEqual({
      notional: 12_000_000_000_000_000_000n,
      reportingCurrency: 'EUR',
      reportingRate: 500_000_000n,
      reportingNotional: 6_000_000_000_000_000_000n,
      ratesVersion: 7,
    });
  });

  it('says nothing where there is no rate of its currency', () => {
    const journal = new TestJournal();
    journal.load('rates', 1, { ...euros, rates: [{ currency: 'JPY', rate: '1', from: '0' }] });
    const [bar] = reported(journal.send(share, ...minute(DAY)));
    expect(bar).toMatchObject({ reportingCurrency: '', reportingNotional: undefined });
  });
});

describe('news', () => {
  const news = event({ case: 'news', value: { headline: 'Apple rises' } });
  const newsRow = ({ copies }: RowBatch): string => copies.plain('news').row(0).toString('latin1');

  it('name who the loaded names say', () => {
    const journal = new TestJournal();
    const names = [{ instrument: 'AAPL.XNAS', kind: 'NAME' as const, text: 'Apple' }];
    journal.load('entities', 1, names);
    expect(newsRow(journal.send(news))).toContain(String(stableId('AAPL.XNAS')));
  });

  it('are scored by the model that the journal has in force', () => {
    const journal = new TestJournal(MODEL);
    expect(newsRow(journal.send(news))).not.toContain('"POSITIVE"');
    journal.settings({ model: MODEL });
    const names = [{ instrument: 'AAPL.XNAS', kind: 'NAME' as const, text: 'Apple' }];
    journal.load('entities', 1, names);
    expect(newsRow(journal.send(news))).toContain('"POSITIVE"');
  });

  it('are not scored by another one: the worker ends and says which is missing', () => {
    const journal = new TestJournal(MODEL);
    journal.settings({ model: MODEL });
    journal.restart({ ...MODEL, version: '2' });
    expect(() => journal.send(news)).toThrow(/scored by the sentiment model m@1; .* has m@2/);
  });
});

it('a processor that goes on from a checkpoint makes the rows of one that went through', () => {
  const journals = [new TestJournal(MODEL), new TestJournal(MODEL)];
  const [through, restarted] = journals.map((journal, which) => {
    const isRestarted = which === 1;
    const step = (): void => {
      if (isRestarted) journal.restart();
    };
    journal.settings({ model: MODEL });
    journal.load('instruments', 1, INSTRUMENTS);
    step();
    journal.load('entities', 4, [{ instrument: 'X.Y', kind: 'ALIAS', text: 'Apple' }]);
    journal.load('rates', 2, {
      reporting: 'EUR',
      rates: [{ currency: 'USD', rate: '3', from: '0' }],
    });
    journal.send(at(DAY - 1n), at(DAY));
    step();
    return journal.send(
      at(DAY + NANOS_PER_MINUTE),
      event({ case: 'news', value: { headline: 'Apple' } }),
    );
  });
  const told = (rows: RowBatch | undefined) => ({
    bars: rows?.bars,
    news: rows?.copies.plain('news').row(0),
    trades: rows && tradedIds(rows),
  });
  expect(told(restarted)).toEqual(told(through));
  expect(through?.bars.length).toBeGreaterThan(0);
});
