import type { ShortcutAction } from './shortcuts.ts';

/** What a shortcut asks of the page that is shown, as an event on the document. */
const PAGE_ACTION = 'feedmill-action';

export function sendPageAction(action: ShortcutAction): void {
  document.dispatchEvent(new CustomEvent<ShortcutAction>(PAGE_ACTION, { detail: action }));
}

/** Returns what ends it. */
export function onPageAction(listener: (action: ShortcutAction) => void): () => void {
  const onEvent = (event: Event): void => {
    listener((event as CustomEvent<ShortcutAction>).detail);
  };
  document.addEventListener(PAGE_ACTION, onEvent);
  return () => document.removeEventListener(PAGE_ACTION, onEvent);
}
