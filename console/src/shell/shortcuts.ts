/** What a key of the keyboard does. */
export type ShortcutAction =
  | 'overview'
  | 'instrument'
  | 'operate'
  | 'search'
  | 'shortcuts'
  | 'theme'
  | 'reconnect'
  | 'next-row'
  | 'previous-row'
  | 'finer-step'
  | 'coarser-step'
  | 'chart-end'
  | 'close';

export interface Shortcut {
  /** Pressed one after another. */
  readonly keys: readonly string[];
  readonly action: ShortcutAction;
  readonly text: string;
}

/** All of them; the list that ? shows, and docs/console.md, are made from it. */
export const SHORTCUTS: readonly Shortcut[] = [
  { keys: ['/'], action: 'search', text: 'Search an instrument' },
  { keys: ['g', 'o'], action: 'overview', text: 'Go to the overview' },
  { keys: ['g', 'i'], action: 'instrument', text: 'Go to the instrument seen last' },
  { keys: ['g', 'p'], action: 'operate', text: 'Go to operate' },
  { keys: ['j'], action: 'next-row', text: 'Next row of the table' },
  { keys: ['k'], action: 'previous-row', text: 'Row before' },
  { keys: ['['], action: 'finer-step', text: 'Finer candles' },
  { keys: [']'], action: 'coarser-step', text: 'Coarser candles' },
  { keys: ['e'], action: 'chart-end', text: 'Chart to its live end' },
  { keys: ['r'], action: 'reconnect', text: 'Connect again now' },
  { keys: ['t'], action: 'theme', text: 'Light, dark, or as the system' },
  { keys: ['?'], action: 'shortcuts', text: 'Show these shortcuts' },
  { keys: ['Escape'], action: 'close', text: 'Close what is open' },
];

export interface KeyPress {
  readonly key: string;
  readonly hasModifier: boolean;
  /** The focus is where text is typed. */
  readonly isTyping: boolean;
}

export interface PressResult {
  /** Keys that may yet become a shortcut. */
  readonly pending: readonly string[];
  readonly action: ShortcutAction | undefined;
}

/** What a key press does after those that are pending. */
export function pressKey(pending: readonly string[], press: KeyPress): PressResult {
  const { key, hasModifier, isTyping } = press;
  if (hasModifier) return { pending: [], action: undefined };
  if (isTyping && key !== 'Escape') return { pending: [], action: undefined };
  const pressed = [...pending, key];
  const begins = SHORTCUTS.filter(({ keys }) => pressed.every((each, at) => keys[at] === each));
  const done = begins.find(({ keys }) => keys.length === pressed.length);
  if (done !== undefined) return { pending: [], action: done.action };
  if (begins.length > 0) return { pending: pressed, action: undefined };
  // `g x` is nothing, but the x may stand for itself.
  return pending.length > 0 ? pressKey([], press) : { pending: [], action: undefined };
}
