import { countText, durationText, lagText, shortCountText } from '@feedmill/core/number-text';
import type { FeedCondition, FeedRow, RunProgress, StatusView } from './feed-row.ts';
import type { Palette } from './palette.ts';

/** The terminal that the block is drawn for, in characters. */
export interface BlockSize {
  readonly columns: number;
  readonly rows: number;
}

interface Column {
  readonly title: string;
  readonly text: (row: FeedRow) => string;
  readonly align: 'left' | 'right';
  /** Narrow terminals lose the columns with the highest number first; 0 always stays. */
  readonly dropOrder: number;
}

const COLUMNS: readonly Column[] = [
  { title: 'FEED', text: (row) => row.producer, align: 'left', dropOrder: 0 },
  { title: 'SHARD', text: (row) => String(row.shard ?? '-'), align: 'right', dropOrder: 3 },
  { title: 'EVENTS/S', text: (row) => rateText(row), align: 'right', dropOrder: 1 },
  { title: 'DURABLE', text: (row) => countText(row.durable), align: 'right', dropOrder: 5 },
  { title: 'COMMITTED', text: (row) => countText(row.committed), align: 'right', dropOrder: 0 },
  { title: 'LAG', text: (row) => lagText(row.lagMs), align: 'right', dropOrder: 2 },
  { title: 'GAPS', text: (row) => countText(row.gaps), align: 'right', dropOrder: 4 },
  { title: 'STATE', text: (row) => row.condition, align: 'left', dropOrder: 6 },
];

const GAP_COLUMNS = 2;
const FEED_COLUMNS_MIN = 6;
// Column heads, footer, and the line that stands for feeds without room.
const LINES_BESIDE_FEEDS = 3;
const BAR_COLUMNS_MAX = 24;

/** The block as lines, none wider than the terminal and together not higher than it. */
export function blockLines(view: StatusView, size: BlockSize, palette: Palette): string[] {
  // A terminal moves to the next line when its last column is filled.
  const width = Math.max(1, size.columns - 1);
  const besides = LINES_BESIDE_FEEDS + (view.progress === undefined ? 0 : 1);
  const room = Math.max(1, size.rows - besides - 1);
  const shown = view.rows.length <= room ? view.rows : view.rows.slice(0, room);
  const lines = tableLines(shown, width, palette);
  const hidden = view.rows.length - shown.length;
  if (hidden > 0) lines.push(palette.dim(cut(`… and ${hidden} more`, width)));
  if (view.progress !== undefined) lines.push(progressLine(view.progress, width, palette));
  if (view.footer !== '') lines.push(palette.dim(cut(view.footer, width)));
  return lines;
}

function tableLines(rows: readonly FeedRow[], width: number, palette: Palette): string[] {
  const cells = rows.map((row) => COLUMNS.map((column) => column.text(row)));
  const widths = COLUMNS.map((column, index) =>
    Math.max(column.title.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const kept = chooseColumns(widths, width);
  const others = kept.slice(1).reduce((sum, index) => sum + GAP_COLUMNS + (widths[index] ?? 0), 0);
  widths[0] = Math.max(1, Math.min(widths[0] ?? 0, width - others));
  const line = (texts: readonly string[]): string[] =>
    kept.map((index) => fit(texts[index] ?? '', widths[index] ?? 0, COLUMNS[index]?.align));
  const gap = ' '.repeat(GAP_COLUMNS);
  const head = cut(line(COLUMNS.map((column) => column.title)).join(gap), width);
  const lines = [palette.dim(head)];
  for (const [at, row] of rows.entries()) {
    const parts = line(cells[at] ?? []);
    const text = parts.join(gap);
    if (text.length > width) {
      lines.push(cut(text, width));
      continue;
    }
    const marked = kept.map((index, part) => markCell(index, parts[part] ?? '', row, palette));
    lines.push(marked.join(gap));
  }
  return lines;
}

/** Indexes of the columns that fit when the feed's name is cut to its minimum. */
function chooseColumns(widths: readonly number[], width: number): number[] {
  let kept = COLUMNS.map((_, index) => index);
  for (let drop = COLUMNS.length; drop > 0; drop -= 1) {
    const needed = kept.reduce(
      (sum, index) => sum + GAP_COLUMNS + (index === 0 ? FEED_COLUMNS_MIN : (widths[index] ?? 0)),
      -GAP_COLUMNS,
    );
    if (needed <= width) break;
    kept = kept.filter((index) => COLUMNS[index]?.dropOrder !== drop);
  }
  return kept;
}

function markCell(index: number, text: string, row: FeedRow, palette: Palette): string {
  const title = COLUMNS[index]?.title;
  if (title === 'FEED') return palette.bold(text);
  if (title === 'GAPS' && row.gaps > 0) return palette.warn(text);
  if (title === 'STATE') return conditionMark(row.condition, palette)(text);
  if (title === 'LAG' && row.condition !== 'ok') return conditionMark(row.condition, palette)(text);
  return text;
}

function conditionMark(condition: FeedCondition, palette: Palette): (text: string) => string {
  switch (condition) {
    case 'ok':
    case 'done':
      return palette.good;
    case 'starting':
    case 'stopping':
    case 'stopped':
      return palette.dim;
    case 'waiting':
    case 'lagging':
    case 'spilling':
      return palette.warn;
    case 'full':
    case 'restarting':
    case 'failed':
      return palette.bad;
  }
}

function progressLine(progress: RunProgress, width: number, palette: Palette): string {
  const text = progressText(progress);
  const barWidth = Math.min(BAR_COLUMNS_MAX, width - text.length - 1);
  if (progress.fraction === undefined || barWidth < 4) return cut(text, width);
  const filled = Math.round(progress.fraction * barWidth);
  const bar = palette.good('━'.repeat(filled)) + palette.dim('━'.repeat(barWidth - filled));
  return `${bar} ${text}`;
}

/** `43 %  182,000 events/s  12 s left`, as far as it is known. */
export function progressText(progress: RunProgress): string {
  const { fraction, eventsPerSecond, timeLeftMs } = progress;
  // 100 % is said only when all of it is committed, not by rounding.
  const percent = fraction === undefined ? undefined : Math.floor(fraction * 100);
  return [
    percent === undefined ? '' : `${percent} %`,
    `${countText(eventsPerSecond)} events/s`,
    timeLeftMs === undefined || timeLeftMs === 0 ? '' : `${durationText(timeLeftMs)} left`,
  ]
    .filter((part) => part !== '')
    .join('  ');
}

function rateText(row: FeedRow): string {
  const rate = row.eventsPerSecond;
  return rate < 1e6 ? countText(rate) : shortCountText(rate);
}

function fit(text: string, width: number, align: 'left' | 'right' | undefined): string {
  const cutText = cut(text, width);
  return align === 'right' ? cutText.padStart(width) : cutText.padEnd(width);
}

/** Shortens plain text to `width` characters, the last of which then says so. */
function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 1 ? text.slice(0, width) : `${text.slice(0, width - 1)}…`;
}
