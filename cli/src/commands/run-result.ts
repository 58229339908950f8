import { countText, lagText, plural } from '@feedmill/core/number-text';
import { tableLines } from '../text-table.ts';

/** What came of one source. Sequences and counts over all starts of its producer. */
export interface SourceResult {
  readonly producer: string;
  readonly shard: number;
  /** Last sequence sent, acknowledged as durable, and in Postgres. */
  readonly sent: number;
  readonly durable: number;
  readonly committed: number;
  /** Events told to be repeats by their key: counted, not stored. */
  readonly duplicates: number;
  /** Ranges of the feed's own sequence that are missing. */
  readonly gaps: number;
  readonly deadLetters: number;
  /** What the source counted but did not make an event of, by kind. */
  readonly problems: Readonly<Record<string, number>>;
}

/** The document of `feedmill run --json`. */
export interface RunResult {
  readonly sources: readonly SourceResult[];
  /** Rows of each table. */
  readonly tables: Readonly<Record<string, number>>;
  /** Events committed by this run. */
  readonly events: number;
  /** From the first source's start to the last commit. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** From send to the committed row, over all events of this run. */
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}

const COLUMNS = [
  { title: 'SOURCE', align: 'left' },
  { title: 'SHARD', align: 'right' },
  { title: 'SENT', align: 'right' },
  { title: 'DURABLE', align: 'right' },
  { title: 'COMMITTED', align: 'right' },
  { title: 'DUPLICATES', align: 'right' },
  { title: 'GAPS', align: 'right' },
  { title: 'DEAD LETTERS', align: 'right' },
] as const;

/** The result as people read it. */
export function runResultLines(result: RunResult): string[] {
  const { sources, tables, events, seconds, eventsPerSecond, latencyMs } = result;
  const rows = sources.map((source) => [
    source.producer,
    String(source.shard),
    ...[source.sent, source.durable, source.committed].map(countText),
    ...[source.duplicates, source.gaps, source.deadLetters].map(countText),
  ]);
  const filled = Object.entries(tables).filter(([, count]) => count > 0);
  const counts = filled.map(([table, count]) => `${table} ${countText(count)}`).join(', ');
  const problems = sources.flatMap(({ producer, problems: found }) =>
    Object.entries(found)
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => `${producer}: ${kind} ${countText(count)}`),
  );
  const latency =
    events === 0
      ? ''
      : `; to the committed row p50 ${msText(latencyMs.p50)}, p99 ${msText(latencyMs.p99)}`;
  return [
    ...tableLines(COLUMNS, rows),
    '',
    `Rows: ${counts === '' ? 'none' : counts}`,
    ...(problems.length === 0 ? [] : [`Not made into events: ${problems.join('; ')}`]),
    `${plural(events, 'event')} in ${seconds.toFixed(1)} s, ` +
      `${countText(eventsPerSecond)}/s${latency}`,
  ];
}

const msText = (ms: number): string => (ms < 100 ? `${ms.toFixed(1)} ms` : lagText(ms));
