import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';
import { NEWS_FEED, newsEvent } from '../news/news-events.ts';
import { parseNewsTime } from '../news/news-time.ts';
import { rejectedEvent } from '../venues/rejection.ts';
import type { CaptureInput, LineMapper } from './capture-format.ts';
import type { CaptureProblems } from './capture-problems.ts';
import { CsvRecords } from './csv-records.ts';
import { LINE_BYTES_MAX } from './limits.ts';

/** Columns that a file may have under any of these names, of which the first found counts. */
const COLUMN_NAMES = {
  headline: ['headline', 'title'],
  id: ['id', 'news_id', 'guid', 's no.'],
  time: ['time', 'published', 'published_at', 'date', 'timestamp'],
  url: ['url', 'link'],
  source: ['source', 'publisher'],
  language: ['language', 'lang'],
} as const;

type ColumnName = keyof typeof COLUMN_NAMES;
type Columns = Readonly<Record<ColumnName, number>>;

const NANOS_PER_MS = 1_000_000n;
const START_DEFAULT = '2000-01-01T00:00:00Z';
const INTERVAL_MS_DEFAULT = 1000;
const INTERVAL_MS_MAX = 86_400_000;
/** Times before any other column would be a file of another kind. */
const MISSING = -1;

/** The parameters of the format, read. */
interface NewsOptions {
  readonly source: string;
  readonly startNanos: bigint;
  readonly intervalNanos: bigint;
}

/**
 * Rows of a CSV file of headlines, each file under its header. A file without a column of times has
 * none: its rows get times in their order, marked as not received then (BAD_TS_RECV).
 */
export class NewsRows implements LineMapper {
  readonly feed: FeedSymbol = NEWS_FEED;
  readonly #problems: CaptureProblems;
  readonly #options: NewsOptions;
  readonly #records = new CsvRecords(LINE_BYTES_MAX);
  #columns: Columns | undefined;
  #path = '';
  #rows = 0;
  #latest = 0n;

  constructor(input: CaptureInput, problems: CaptureProblems) {
    this.#problems = problems;
    const options = newsOptions(input);
    if (typeof options === 'string') throw new TypeError(options);
    this.#options = options;
  }

  map(line: string): readonly FeedEvent[] {
    if (this.#problems.path !== this.#path) {
      const cut = this.#records.isOpen ? [this.#reject(this.#records.abandon(), OPEN_QUOTE)] : [];
      this.#path = this.#problems.path;
      this.#columns = undefined;
      if (cut.length > 0) return [...cut, ...this.map(line)];
    }
    const fields = this.#records.add(line);
    if (fields === undefined) return [];
    if (this.#columns !== undefined) return [this.#row(fields, this.#columns)];
    const columns = columnsOf(fields);
    if (columns.headline === MISSING) {
      return [this.#reject(line, 'the first row names no column headline or title')];
    }
    this.#columns = columns;
    return [];
  }

  end(): readonly FeedEvent[] {
    return this.#records.isOpen ? [this.#reject(this.#records.abandon(), OPEN_QUOTE)] : [];
  }

  #row(fields: readonly string[], columns: Columns): FeedEvent {
    const field = (name: ColumnName): string => fields[columns[name]]?.trim() ?? '';
    const headline = field('headline');
    if (headline === '') return this.#reject(fields.join(','), 'a row without a headline');
    const { source, startNanos, intervalNanos } = this.#options;
    const isTimed = columns.time !== MISSING;
    const time = isTimed
      ? parseNewsTime(field('time'))
      : startNanos + BigInt(this.#rows) * intervalNanos;
    if (time === undefined) {
      return this.#reject(fields.join(','), `'${field('time')}' is no time of ISO 8601 or RFC 822`);
    }
    this.#rows += 1;
    this.#latest = time;
    return newsEvent({
      id: field('id') || String(this.#rows),
      source: field('source') || source,
      headline,
      url: field('url'),
      language: field('language'),
      revision: 0,
      tsEvent: time,
      tsEventSource: isTimed ? TsEventSource.VENUE : TsEventSource.RECV_FALLBACK,
      tsRecv: time,
      isRecvUnknown: true,
    });
  }

  #reject(text: string, detail: string): FeedEvent {
    this.#problems.count('bad_field', detail);
    const at = { symbol: this.feed, tsRecv: this.#latest };
    return rejectedEvent(at, 'bad_field', detail, text);
  }
}

const OPEN_QUOTE = 'a quote that is open at the end of the file';

function columnsOf(header: readonly string[]): Columns {
  const names = header.map((name) => name.trim().toLowerCase());
  const indexOf = (known: readonly string[]): number =>
    known.map((name) => names.indexOf(name)).find((index) => index >= 0) ?? MISSING;
  return {
    headline: indexOf(COLUMN_NAMES.headline),
    id: indexOf(COLUMN_NAMES.id),
    time: indexOf(COLUMN_NAMES.time),
    url: indexOf(COLUMN_NAMES.url),
    source: indexOf(COLUMN_NAMES.source),
    language: indexOf(COLUMN_NAMES.language),
  };
}

/** The parameters of a capture of news, or what is wrong as the second half of a sentence. */
export function newsOptions({ options, paths }: CaptureInput): NewsOptions | string {
  const { source, start = START_DEFAULT, interval } = options;
  const startNanos = parseNewsTime(start);
  if (startNanos === undefined) {
    return `start is '${start}'; write a time like ${START_DEFAULT}`;
  }
  const intervalMs = interval === undefined ? INTERVAL_MS_DEFAULT : Number(interval);
  if (!Number.isInteger(intervalMs) || intervalMs < 0 || intervalMs > INTERVAL_MS_MAX) {
    return `interval is '${interval}'; it must be whole milliseconds from 0 to ${INTERVAL_MS_MAX}`;
  }
  const base = paths[0]?.replace(/^.*[\\/]/, '').replace(/\..*$/, '') ?? '';
  return {
    source: source ?? base,
    startNanos,
    intervalNanos: BigInt(intervalMs) * NANOS_PER_MS,
  };
}
