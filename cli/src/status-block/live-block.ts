import { stripVTControlCharacters } from 'node:util';
import { blockLines } from './block-lines.ts';
import type { StatusView } from './feed-row.ts';
import type { Palette } from './palette.ts';
import type { Reporter } from './reporter.ts';

/** What is needed of a terminal; `process.stdout` is one. */
export interface Terminal {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

// ANSI X3.64; 2026 is the mode in which a terminal draws everything up to its end at once.
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';
const CLEAR_BELOW = '\u001b[J';
const CLEAR_TO_LINE_END = '\u001b[K';
const upLines = (count: number): string => (count === 0 ? '\r' : `\u001b[${count}A\r`);

const FALLBACK_COLUMNS = 80;
const FALLBACK_ROWS = 24;

/** The status block at the foot of a terminal, redrawn in place, with lines scrolling above it. */
export class LiveBlock implements Reporter {
  readonly #terminal: Terminal;
  readonly #palette: Palette;
  /** Visible width of each line of the block as it stands. */
  #drawnWidths: readonly number[] = [];
  #view: StatusView | undefined;
  readonly #onResize = (): void => {
    this.#draw('');
  };

  constructor(terminal: Terminal, palette: Palette) {
    this.#terminal = terminal;
    this.#palette = palette;
    terminal.on('resize', this.#onResize);
  }

  note(text: string): void {
    this.#draw(`${text}${CLEAR_TO_LINE_END}\n`);
  }

  warn(text: string): void {
    this.#draw(`${this.#palette.warn(text)}${CLEAR_TO_LINE_END}\n`);
  }

  show(view: StatusView): void {
    this.#view = view;
    this.#draw('');
  }

  close(): void {
    this.#terminal.off('resize', this.#onResize);
    this.#view = undefined;
    // The last block stays on the screen, with the cursor below it.
    this.#drawnWidths = [];
  }

  #draw(above: string): void {
    const size = {
      columns: this.#terminal.columns ?? FALLBACK_COLUMNS,
      rows: this.#terminal.rows ?? FALLBACK_ROWS,
    };
    const lines = this.#view === undefined ? [] : blockLines(this.#view, size, this.#palette);
    const back = upLines(standingLines(this.#drawnWidths, size.columns));
    const body = lines.map((line) => `${line}${CLEAR_TO_LINE_END}\n`).join('');
    this.#terminal.write(`${BEGIN_FRAME}${back}${above}${body}${CLEAR_BELOW}${END_FRAME}`);
    this.#drawnWidths = lines.map((line) => stripVTControlCharacters(line).length);
  }
}

/** How many lines of the terminal the block covers: it may have become narrower since. */
function standingLines(widths: readonly number[], columns: number): number {
  return widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
}
