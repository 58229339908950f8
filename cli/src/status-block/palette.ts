/** Marks on text; the plain one leaves it as it is. */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
}

const mark =
  (on: number, off: number) =>
  (text: string): string =>
    `\u001b[${on}m${text}\u001b[${off}m`;

const coloured: Palette = {
  bold: mark(1, 22),
  dim: mark(2, 22),
  good: mark(32, 39),
  warn: mark(33, 39),
  bad: mark(31, 39),
};

const same = (text: string): string => text;
const plain: Palette = { bold: same, dim: same, good: same, warn: same, bad: same };

/** Colours on terminals, unless NO_COLOR (https://no-color.org) or TERM=dumb says otherwise. */
export function choosePalette(isTerminal: boolean, env: NodeJS.ProcessEnv): Palette {
  const unwanted = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return isTerminal && !unwanted ? coloured : plain;
}
