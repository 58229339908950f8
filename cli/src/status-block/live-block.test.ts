import { expect, test } from 'vitest';
import type { FeedRow } from './feed-row.ts';
import { LiveBlock, type Terminal } from './live-block.ts';
import { choosePalette } from './palette.ts';
import { stateLines } from './plain-lines.ts';

/** Enough of a terminal to see what stands on it: cursor moves and clearing are carried out. */
class Screen implements Terminal {
  columns = 100;
  rows = 30;
  lines: string[] = [''];
  #row = 0;
  #column = 0;

  write(text: string): void {
    for (const part of text.match(/\u001b\[\?2026[hl]|\u001b\[\d*[AJK]|[\r\n]|[^\u001b\r\n]+/g) ??
      []) {
      const up = /^\u001b\[(\d*)A$/.exec(part);
      if (up !== null) this.#row -= Number(up[1]);
      else if (part === '\r') this.#column = 0;
      else if (part === '\n') this.#newLine();
      else if (part === '\u001b[J') this.#clearLine(this.#row + 1);
      else if (part === '\u001b[K') this.#clearLine(this.lines.length);
      else if (!part.startsWith('\u001b')) this.#put(part);
    }
  }

  on(): void {}
  off(): void {}

  #newLine(): void {
    this.#row += 1;
    this.#column = 0;
    while (this.lines.length <= this.#row) this.lines.push('');
  }

  #clearLine(linesKept: number): void {
    this.lines[this.#row] = (this.lines[this.#row] ?? '').slice(0, this.#column);
    this.lines.length = linesKept;
  }

  #put(text: string): void {
    const line = this.lines[this.#row] ?? '';
    const head = line.slice(0, this.#column).padEnd(this.#column);
    this.lines[this.#row] = head + text + line.slice(this.#column + text.length);
    this.#column += text.length;
  }
}

const row: FeedRow = {
  producer: 'market',
  shard: 0,
  eventsPerSecond: 2000,
  durable: 10,
  committed: 9,
  lagMs: 3,
  gaps: 0,
  condition: 'ok',
};
const view = (...rows: FeedRow[]) => ({
  rows,
  progress: undefined,
  isStarting: false,
  footer: 'Ctrl-C stops',
});

test('the block is redrawn in place, also when it becomes shorter', () => {
  const screen = new Screen();
  const block = new LiveBlock(screen, choosePalette(false, {}));
  block.show(view(row, { ...row, producer: 'news' }));
  block.show(view({ ...row, committed: 10 }));
  expect(screen.lines).toEqual([
    expect.stringMatching(/^FEED/),
    'market      0     2,000       10         10  3 ms     0  ok   ',
    'Ctrl-C stops',
    '',
  ]);
});

test('lines that stay scroll above the block', () => {
  const screen = new Screen();
  const block = new LiveBlock(screen, choosePalette(false, {}));
  block.note('Postgres runs.');
  block.show(view(row));
  block.warn('Worker 0 was restarted.');
  expect(screen.lines.slice(0, 3)).toEqual([
    'Postgres runs.',
    'Worker 0 was restarted.',
    expect.stringMatching(/^FEED/),
  ]);
  expect(screen.lines.filter((line) => line.startsWith('FEED'))).toHaveLength(1);
});

test('a block that wraps because the terminal became narrower is still cleared as a whole', () => {
  const screen = new Screen();
  const block = new LiveBlock(screen, choosePalette(false, {}));
  block.show(view(row));
  const written: string[] = [];
  screen.write = (text) => void written.push(text);
  screen.columns = 40;
  block.show(view(row));
  // Head and feed took 60 columns each, which are two lines now; the footer is one.
  expect(written[0]).toContain('\u001b[5A');
});

test('elsewhere a feed is one line, and many feeds are one line with those not in order', () => {
  expect(stateLines(view(row))).toEqual([
    'market: shard 0, 2,000 events/s, durable 10, committed 9, lag 3 ms, gaps 0, ok',
  ]);
  const many = Array.from({ length: 9 }, (_, index) => ({ ...row, producer: `f${index}` }));
  const bad: FeedRow = { ...row, producer: 'bad', condition: 'spilling', lagMs: 9000 };
  expect(stateLines(view(...many, bad))).toEqual([
    '10 feeds: 20,000 events/s, durable 100, committed 90, lag 9.0 s, gaps 0; bad spilling',
  ]);
});
