import { type Signal, signal } from '@preact/signals';
import type { Keep } from '../adapters/browser.ts';

const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEPT_AS = 'theme';

/** Light, dark, or as the system has it; remembered. */
export class ThemeSwitch {
  readonly theme: Signal<Theme>;
  readonly #keep: Keep;

  constructor(keep: Keep) {
    this.#keep = keep;
    const kept = keep.read(KEPT_AS);
    this.theme = signal(THEMES.find((theme) => theme === kept) ?? 'system');
  }

  next(): void {
    const at = THEMES.indexOf(this.theme.value);
    this.theme.value = THEMES[(at + 1) % THEMES.length] ?? 'system';
    this.#keep.write(KEPT_AS, this.theme.value);
  }
}
