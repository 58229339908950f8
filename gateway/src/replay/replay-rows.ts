import type { Column, RawRow } from '../format/column.ts';
import { jsonRowWriter } from '../format/json-rows.ts';
import { LiveMessage } from '../live/live-message.ts';
import type { TopicName } from '../live/topic.ts';
import { barStep } from '../query/bar-steps.ts';
import { STORED_BARS } from '../query/bars.ts';
import type { Reader } from '../query/database.ts';
import { GAPS } from '../query/gaps.ts';
import { entityPattern, NEWS } from '../query/news.ts';
import { type Page, readPage } from '../query/page.ts';
import { QUOTES } from '../query/quotes.ts';
import { readBars } from '../query/read-bars.ts';
import type { TimeRange } from '../query/time-range.ts';
import { TRADES } from '../query/trades.ts';

/** What a replay may tell. */
export const REPLAY_TOPICS = ['trades', 'quotes', 'bars', 'news', 'gaps'] as const;
export type ReplayTopic = (typeof REPLAY_TOPICS)[number];

/** What is read, whatever the topic. */
export interface ReplayQuestion {
  readonly instrumentIds: readonly string[];
  /** Of bars, as in 1m. */
  readonly step: string;
  readonly limit: number;
  readonly rollUpRowsMax: number;
}

/** One row of history, with the time at which it is told. */
export interface ReplayRow {
  readonly nanos: bigint;
  readonly topic: ReplayTopic;
  readonly instrument: string;
  readonly producer: string;
  readonly sequence: bigint | undefined;
  /** As /v1/trades and the like write it. */
  readonly data: string;
  readonly names: readonly string[];
}

/** Where a row of a topic has what. */
interface Shape {
  readonly columns: readonly Column[];
  readonly time: string;
  readonly instrument: string | undefined;
  readonly producer: string;
  readonly sequence: string | undefined;
}

// A bar is known when its interval is over.
const SHAPES: Readonly<Record<ReplayTopic, Shape>> = {
  trades: shape(TRADES.columns, 'ts_event', 'instrument', 'producer', 'producer_sequence'),
  quotes: shape(QUOTES.columns, 'ts_event', 'instrument', 'producer', 'producer_sequence'),
  bars: shape(STORED_BARS.bar.columns, 'ts_close', 'instrument', 'producer', undefined),
  news: shape(NEWS.columns, 'ts_event', undefined, 'producer', 'producer_sequence'),
  gaps: shape(GAPS.columns, 'ts_detected', 'instrument', 'feed', undefined),
};

function shape(
  columns: readonly Column[],
  time: string,
  instrument: string | undefined,
  producer: string,
  sequence: string | undefined,
): Shape {
  return { columns, time, instrument, producer, sequence };
}

/** Reads the next page of a topic, oldest first. */
export async function readTopic(
  reader: Reader,
  topic: ReplayTopic,
  question: ReplayQuestion,
  range: TimeRange,
  cursor: string | undefined,
): Promise<Page> {
  const { instrumentIds, limit, rollUpRowsMax } = question;
  const request = { order: 'asc', limit, cursor, range } as const;
  switch (topic) {
    case 'trades':
      return await readPage(reader, TRADES, { ...request, filter: [instrumentIds] });
    case 'quotes':
      return await readPage(reader, QUOTES, { ...request, filter: [instrumentIds] });
    case 'news':
      return await readPage(reader, NEWS, {
        ...request,
        filter: [instrumentIds.map(entityPattern)],
      });
    case 'gaps':
      return await readPage(reader, GAPS, { ...request, filter: [instrumentIds, null] });
    case 'bars': {
      const step = barStep(question.step, false);
      const bars = { ...request, instrumentIds, rollUpRowsMax, asOf: undefined };
      return await readBars(reader, { ...bars, step });
    }
  }
}

/** Makes rows of pages of one topic. */
export function rowsOf(topic: ReplayTopic, page: Page): ReplayRow[] {
  const { columns, time, instrument, producer, sequence } = SHAPES[topic];
  const write = jsonRowWriter(columns, 'ns');
  const value = (row: RawRow, name: string | undefined): string | undefined => {
    const found =
      name === undefined ? undefined : row[columns.findIndex((each) => each.name === name)];
    return found === undefined || found === null ? undefined : `${found as string | number}`;
  };
  return page.rows.map((row) => {
    const sequenceText = value(row, sequence);
    const instrumentName = value(row, instrument) ?? '';
    return {
      nanos: BigInt(value(row, time) ?? 0),
      topic,
      instrument: instrumentName,
      producer: value(row, producer) ?? '',
      sequence: sequenceText === undefined ? undefined : BigInt(sequenceText),
      data: write(row),
      names: topic === 'news' ? entityNames(row, columns) : [instrumentName],
    };
  });
}

function entityNames(row: RawRow, columns: readonly Column[]): string[] {
  const entities = row[columns.findIndex(({ name }) => name === 'entities')];
  const named = entities as readonly { readonly instrument: string | null }[];
  return named.flatMap(({ instrument }) => instrument ?? []);
}

/** The row as the message that the live stream would have told. */
export const messageOf = (row: ReplayRow, ordinal: number): LiveMessage =>
  new LiveMessage({
    topic: row.topic satisfies TopicName,
    names: row.names,
    key: `${row.topic} ${row.producer} ${row.instrument} ${row.sequence ?? row.nanos}`,
    ordinal,
    write: () => row.data,
  });
