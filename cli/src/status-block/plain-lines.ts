import type { Clock } from '@feedmill/core/clock';
import { countText, lagText } from '@feedmill/core/number-text';
import { LIMITS } from '../limits.ts';
import { progressText } from './block-lines.ts';
import type { FeedRow, StatusView } from './feed-row.ts';
import type { Reporter } from './reporter.ts';

const NANOS_PER_MS = 1_000_000n;

/** Log lines for files and pipes: each with its time, the state every few seconds. */
export class PlainLines implements Reporter {
  readonly #write: (text: string) => unknown;
  readonly #clock: Clock;
  #nextShowMs: number | undefined;

  constructor(write: (text: string) => unknown, clock: Clock) {
    this.#write = write;
    this.#clock = clock;
  }

  note(text: string): void {
    this.#line('', text);
  }

  warn(text: string): void {
    this.#line('warning: ', text);
  }

  show(view: StatusView): void {
    if (view.isStarting) return;
    const nowMs = this.#clock.monotonicMs();
    if (this.#nextShowMs !== undefined && nowMs < this.#nextShowMs) return;
    this.#nextShowMs = nowMs + LIMITS.plainIntervalMs;
    for (const text of stateLines(view)) this.#line('', text);
  }

  close(): void {
    this.#nextShowMs = undefined;
  }

  #line(kind: string, text: string): void {
    const now = new Date(Number(this.#clock.wallNanos() / NANOS_PER_MS)).toISOString();
    this.#write(`${now} ${kind}${text}\n`);
  }
}

/** A line a feed, or one for all of them where they are many; and one for the progress. */
export function stateLines(view: StatusView): string[] {
  const rows =
    view.rows.length <= LIMITS.plainFeedsMax ? view.rows.map(feedLine) : [sumLine(view.rows)];
  return view.progress === undefined ? rows : [...rows, progressText(view.progress)];
}

function feedLine(row: FeedRow): string {
  const shard = row.shard === undefined ? 'unbound' : `shard ${row.shard}`;
  return `${row.producer}: ${shard}, ${figures(row)}, ${row.condition}`;
}

function sumLine(rows: readonly FeedRow[]): string {
  const sum = (field: 'eventsPerSecond' | 'durable' | 'committed' | 'gaps'): number =>
    rows.reduce((total, row) => total + row[field], 0);
  const notOk = rows.filter((row) => row.condition !== 'ok' && row.condition !== 'done');
  const worst = notOk.slice(0, LIMITS.plainFeedsMax);
  const named = worst.map((row) => `${row.producer} ${row.condition}`).join(', ');
  const total = figures({
    eventsPerSecond: sum('eventsPerSecond'),
    durable: sum('durable'),
    committed: sum('committed'),
    gaps: sum('gaps'),
    lagMs: Math.max(...rows.map((row) => row.lagMs)),
  });
  return `${rows.length} feeds: ${total}${named === '' ? '' : `; ${named}`}`;
}

type Figures = Pick<FeedRow, 'eventsPerSecond' | 'durable' | 'committed' | 'lagMs' | 'gaps'>;

function figures(row: Figures): string {
  return (
    `${countText(row.eventsPerSecond)} events/s, durable ${countText(row.durable)}, ` +
    `committed ${countText(row.committed)}, lag ${lagText(row.lagMs)}, gaps ${countText(row.gaps)}`
  );
}
