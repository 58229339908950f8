import { RejectReason, TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNewsTime } from '../news/news-time.ts';
import { CsvRecords } from './csv-records.ts';
import { countsOf } from './testing/event-counts.ts';
import { MemoryFiles } from './testing/memory-files.ts';
import { hasRecordedData, NEEDS_RECORDED_DATA, recordedPath } from './testing/recorded-data.ts';
import { readEvents, sourceOf } from './testing/source-reading.ts';

const read = async (text: string, query = '') => {
  const files = new MemoryFiles({ 'wire.csv': text });
  const { source } = sourceOf(`capture:news-csv:wire.csv?speed=0${query}`, files);
  return { events: await readEvents(source), problems: source.progress().problems };
};

describe('CSV records', () => {
  it('gives back any fields, whatever they hold', () => {
    const field = fc.string().map((text) => text.replaceAll('\r', ''));
    fc.assert(
      fc.property(fc.array(fc.array(field, { minLength: 1 }), { minLength: 1 }), (rows) => {
        const text = rows
          .map((row) => row.map((each) => `"${each.replaceAll('"', '""')}"`).join(','))
          .join('\n');
        const records = new CsvRecords(100_000);
        const seen = text.split('\n').flatMap((line) => {
          const fields = records.add(line);
          return fields === undefined ? [] : [fields];
        });
        expect(seen).toEqual(rows);
        expect(records.isOpen).toBe(false);
      }),
    );
  });

  it('give up a quote that is open for too long', () => {
    const records = new CsvRecords(20);
    expect(records.add('"open')).toBeUndefined();
    expect(records.add('0123456789012345')).toEqual(['"open\n0123456789012345']);
    expect(records.isOpen).toBe(false);
  });
});

describe('times of news', () => {
  it.each([
    ['2024-03-01T12:00:00Z', 1_709_294_400_000_000_000n],
    ['2024-03-01T13:30:00.123456789+01:30', 1_709_294_400_123_456_789n],
    ['2024-03-01 12:00', 1_709_294_400_000_000_000n],
    ['2024-03-01', 1_709_251_200_000_000_000n],
    ['Fri, 01 Mar 2024 12:00:00 GMT', 1_709_294_400_000_000_000n],
    ['1 Mar 2024 07:00:00 EST', 1_709_294_400_000_000_000n],
    ['yesterday', undefined],
    ['2024-13-01T00:00:00Z', undefined],
    ['1960-01-01', undefined],
    ['', undefined],
  ])('reads %s', (text, nanos) => {
    expect(parseNewsTime(text)).toBe(nanos);
  });
});

describe('headlines in CSV', () => {
  it('have what their columns say', async () => {
    const { events } = await read(
      'id,published,headline,url,source,language\n' +
        '7,2024-03-01T12:00:00Z,"Up, ""way"" up",https://x/7,Wire,en\n',
    );
    expect(events[1]).toMatchObject({
      symbol: { venue: 'NEWS', rawSymbol: '' },
      tsEvent: 1_709_294_400_000_000_000n,
      tsEventSource: TsEventSource.VENUE,
      body: {
        case: 'news',
        value: {
          newsId: '7',
          headline: 'Up, "way" up',
          url: 'https://x/7',
          source: 'Wire',
          language: 'en',
        },
      },
    });
  });

  it('get times in their order where they have none', async () => {
    const { events } = await read(
      'Title\nfirst\nsecond\n',
      '&start=2020-01-01T00:00:00Z&interval=500',
    );
    expect(events.slice(1, 3).map(({ tsEvent }) => tsEvent)).toEqual([
      1_577_836_800_000_000_000n,
      1_577_836_800_500_000_000n,
    ]);
    expect(events[1]?.body.value).toMatchObject({ newsId: '1', source: 'wire' });
  });

  it('are rejected where they are empty, have no time, or never end', async () => {
    const { events, problems } = await read(
      'time,title\n2024-01-01,good\n2024-01-01,\nsoon,bad\n2024-01-01,"open\nand on\n',
    );
    expect(countsOf(events)).toEqual({ feedStatus: 2, news: 1, rejected: 3 });
    expect(problems).toEqual({ bad_field: 3 });
    const rejected = events.filter(({ body }) => body.case === 'rejected');
    expect(rejected.map(({ body }) => body.value)).toMatchObject([
      { reason: RejectReason.BAD_FIELD },
      { raw: Buffer.from('soon,bad') },
      { raw: Buffer.from('2024-01-01,"open\nand on') },
    ]);
  });

  it('refuse parameters that are none', () => {
    expect(() => sourceOf('capture:news-csv:a.csv?start=soon')).toThrow(/start is 'soon'; write/);
    expect(() => sourceOf('capture:news-csv:a.csv?interval=-1')).toThrow(/interval is '-1'/);
  });

  it.skipIf(!hasRecordedData())(`SEntFiN has 10,753 (${NEEDS_RECORDED_DATA})`, async () => {
    const path = recordedPath('news/SEntFiN.csv');
    const { source } = sourceOf(`capture:news-csv:${path}?speed=0`);
    const events = await readEvents(source);
    expect(countsOf(events)).toEqual({ feedStatus: 2, news: 10_753 });
    expect(source.progress().problems).toEqual({});
    expect(events[3]?.body.value).toMatchObject({
      newsId: '3',
      source: 'SEntFiN',
      headline: 'Mid-cap funds can deliver more, stay put: Experts',
    });
  });
});
