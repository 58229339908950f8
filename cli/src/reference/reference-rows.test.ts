import { describe, expect, it } from 'vitest';
import { mergeEntities, readEntities } from './entity-rows.ts';
import { mergeInstruments, overlaps, readInstruments } from './instrument-rows.ts';
import { mergeRates, readRates } from './rate-rows.ts';

const HEADER = 'venue,symbol,instrument,class,base,quote,tick,lot,valid_from,valid_to';

describe('a file of instruments', () => {
  it('is read with decimals and times as they are kept', () => {
    const row = 'XNAS,FB,META.XNAS,equity,META,USD,0.01,1,2012-05-18,2022-06-09T13:30:00.5Z';
    const text = `${HEADER}\n${row}\n`;
    expect(readInstruments(text, 'i.csv')).toEqual([
      {
        venue: 'XNAS',
        symbol: 'FB',
        instrument: 'META.XNAS',
        class: 'EQUITY',
        base: 'META',
        quote: 'USD',
        tick: '10000000',
        lot: '1000000000',
        from: '1337299200000000000',
        to: '1654781400500000000',
      },
    ]);
  });

  it('may leave everything out but venue, symbol and instrument, in any order', () => {
    expect(readInstruments('Symbol,Instrument,Venue\nX,X.Y,Y\n', 'i.csv')).toEqual([
      { venue: 'Y', symbol: 'X', instrument: 'X.Y' },
    ]);
  });

  it.each([
    ['i.csv:2: instrument is', 'XNAS,FB,META,,,,,,,'],
    ["i.csv:2: class is 'stock'; allowed are EQUITY", 'XNAS,FB,A.B,stock,,,,,,'],
    ['i.csv:2: tick: "a" is no price', 'XNAS,FB,A.B,,,,a,,,'],
    ['i.csv:2: valid_from is', 'XNAS,FB,A.B,,,,,,yesterday,'],
    ['i.csv:2: valid_from is', 'XNAS,FB,A.B,,,,,,2024-02-31T00:00:00,'],
    ['i.csv:2: valid_to is not after', 'XNAS,FB,A.B,,,,,,2024-02-02,2024-02-01'],
    ['i.csv:2: symbol is empty', 'XNAS,,A.B,,,,,,,'],
    ['i.csv:2: 2 fields, the header has 10', 'XNAS,FB'],
    ['i.csv:3: the same symbol', 'XNAS,FB,A.B,,,,,,,\nXNAS,FB,C.D,,,,,,,'],
  ])('is refused: %s', (message, rows) => {
    expect(() => readInstruments(`${HEADER}\n${rows}\n`, 'i.csv')).toThrow(message);
  });

  it('is refused with all of its faults at once', () => {
    const text = `${HEADER}\nXNAS,,A.B,,,,,,,\nXNAS,X,AB,,,,,,,\n`;
    expect(() => readInstruments(text, 'i.csv')).toThrow(/i\.csv:2: .*; i\.csv:3: /);
  });

  it('is refused with columns that nobody knows or that are missing', () => {
    expect(() => readInstruments('venue,symbol,ticker\n', 'i.csv')).toThrow(
      /i\.csv:1: columns missing: instrument; not known: ticker; venue, symbol, instrument are/,
    );
    expect(() => readInstruments('', 'i.csv')).toThrow(/the file is empty/);
  });

  it('is laid over what was loaded before, and must not say two things of one time', () => {
    const before = readInstruments(`${HEADER}\nXNAS,FB,META.XNAS,,,,,,,2022-06-09\n`, 'a.csv');
    const after = readInstruments(`${HEADER}\nXNAS,FB,FUND.XNAS,,,,,,2022-06-09,\n`, 'b.csv');
    const merged = mergeInstruments(before, after);
    expect(merged).toHaveLength(2);
    expect(overlaps(merged)).toEqual([]);
    const early = readInstruments(`${HEADER}\nXNAS,FB,FUND.XNAS,,,,,,2021-06-09,\n`, 'c.csv');
    expect(overlaps(mergeInstruments(before, early))[0]).toMatch(/'FB' of XNAS means META\.XNAS/);
    expect(mergeInstruments(before, before)).toEqual(before);
  });
});

describe('a file of names', () => {
  it('is read one name a row', () => {
    expect(
      readEntities('instrument,kind,text\nA.B,name,"Apple, Inc."\n', 'e.csv', undefined),
    ).toEqual([{ instrument: 'A.B', kind: 'NAME', text: 'Apple, Inc.' }]);
  });

  it('is read as a list of names for each symbol', () => {
    const text = ',Symbol,Entity\n0,SINTEX,"Sintex Industries Ltd., Sintex, SINTEX"\n';
    const records = readEntities(text, 'e.csv', 'XNSE');
    expect(new Map(records.map(({ kind, text: name }) => [kind, name]))).toEqual(
      new Map([
        ['ALIAS', 'Sintex'],
        ['NAME', 'Sintex Industries Ltd.'],
        ['TICKER', 'SINTEX'],
      ]),
    );
    expect(records[0]?.instrument).toBe('SINTEX.XNSE');
    expect(() => readEntities(text, 'e.csv', undefined)).toThrow(/add --venue/);
  });

  it('adds to what was loaded before, each name once', () => {
    const names = readEntities('instrument,kind,text\nA.B,NAME,Apple\n', 'e.csv', undefined);
    expect(mergeEntities(names, names)).toEqual(names);
  });
});

describe('a file of rates', () => {
  const rates = readRates('currency,reporting,rate,valid_from\nUSD,EUR,0.92,\n', 'r.csv');

  it('is read', () => {
    expect(rates).toEqual({
      reporting: 'EUR',
      rates: [{ currency: 'USD', rate: '920000000', from: '0' }],
    });
  });

  it('replaces a rate of the same time and keeps the others', () => {
    const text = 'currency,reporting,rate,valid_from\nUSD,EUR,0.9,\nUSD,EUR,1.1,2024-01-01\n';
    const merged = mergeRates(rates, readRates(text, 'r.csv'));
    expect(merged.rates.map(({ rate }) => rate)).toEqual(['900000000', '1100000000']);
  });

  it('begins anew for another reporting currency', () => {
    const dollars = readRates('currency,reporting,rate\nEUR,USD,1.1\n', 'r.csv');
    expect(mergeRates(rates, dollars)).toEqual(dollars);
  });

  it.each([
    ['r.csv:2: rate is 0; it must be above 0', 'USD,EUR,0,'],
    ['r.csv:3: reporting is USD, the lines before have EUR', 'USD,EUR,1,\nEUR,USD,1,'],
  ])('is refused: %s', (message, rows) => {
    const text = `currency,reporting,rate,valid_from\n${rows}\n`;
    expect(() => readRates(text, 'r.csv')).toThrow(message);
  });
});
