import type { Page } from 'playwright-core';
import type { Paint } from './read-paints.ts';

const STEPS_MAX = 300;

export interface KeyboardWalk {
  /** The frame around each control, in the order in which Tab reaches them. */
  readonly frames: readonly Paint[];
  readonly missed: readonly string[];
}

/** Goes once round the page with Tab, from its beginning. */
export async function walkByKeyboard(page: Page): Promise<KeyboardWalk> {
  await page.evaluate(noteControls);
  const frames: Paint[] = [];
  for (let step = 0; step < STEPS_MAX; step += 1) {
    await page.keyboard.press('Tab');
    const frame = await page.evaluate(readFocus);
    if (frame === undefined) break;
    frames.push(frame);
  }
  return { frames, missed: await page.evaluate(readMissed) };
}

declare global {
  interface Window {
    /** Controls that the keyboard has not reached yet. */
    unreached?: Set<Element>;
  }
}

function noteControls(): void {
  const controls = document.querySelectorAll<HTMLElement>(
    'a[href], button, input, select, textarea, [tabindex="0"]',
  );
  window.unreached = new Set(
    [...controls].filter(
      (each) => each.checkVisibility({ visibilityProperty: true }) && !each.matches(':disabled'),
    ),
  );
  // Tab goes on behind the place of the focus, also of one that is no more.
  (document.activeElement as HTMLElement | null)?.blur();
  getSelection()?.setBaseAndExtent(document.body, 0, document.body, 0);
}

/** Undefined behind the last control. */
function readFocus(): Paint | undefined {
  const control = document.activeElement;
  if (control === null || control === document.body) return undefined;
  window.unreached?.delete(control);
  const style = getComputedStyle(control);
  const layers = [];
  for (let each = control.parentElement; each !== null; each = each.parentElement) {
    const { backgroundColor, backgroundImage, opacity } = getComputedStyle(each);
    layers.push({ ground: backgroundColor, image: backgroundImage, opacity: Number(opacity) });
  }
  const isDrawn = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2;
  const name = control.getAttribute('aria-label') ?? control.textContent?.trim() ?? '';
  return {
    kind: 'focus',
    what: `the focus on '${name.slice(0, 40)}' (${control.tagName.toLowerCase()})`,
    inks: isDrawn ? [style.outlineColor] : [],
    sizePx: Number.parseFloat(style.fontSize),
    weight: Number(style.fontWeight),
    layers,
  };
}

function readMissed(): string[] {
  return (
    [...(window.unreached ?? [])]
      // What is no longer there cannot be reached.
      .filter((control) => control.isConnected)
      .map((control) => control.getAttribute('aria-label') ?? control.outerHTML.slice(0, 80))
  );
}
