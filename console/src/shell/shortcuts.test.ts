import { expect, test } from 'vitest';
import { pressKey, SHORTCUTS, type ShortcutAction } from './shortcuts.ts';

const typed = (keys: readonly string[], over = {}): (ShortcutAction | undefined)[] => {
  let pending: readonly string[] = [];
  return keys.map((key) => {
    const result = pressKey(pending, { key, hasModifier: false, isTyping: false, ...over });
    pending = result.pending;
    return result.action;
  });
};

test('every shortcut is reached by its keys, and by nothing else', () => {
  for (const { keys, action } of SHORTCUTS) expect(typed(keys).at(-1), keys.join(' ')).toBe(action);
  const all = SHORTCUTS.map(({ keys }) => keys.join(' '));
  expect(new Set(all).size).toBe(all.length);
});

test('a wrong second key is taken for itself', () => {
  expect(typed(['g', '/'])).toEqual([undefined, 'search']);
  expect(typed(['g', 'g', 'o'])).toEqual([undefined, undefined, 'overview']);
});

test('what is typed into a field, or with a modifier, is left alone', () => {
  expect(typed(['?', '/', 't'], { isTyping: true })).toEqual([undefined, undefined, undefined]);
  expect(typed(['Escape'], { isTyping: true })).toEqual(['close']);
  expect(typed(['r'], { hasModifier: true })).toEqual([undefined]);
});
