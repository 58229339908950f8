import type { Page } from 'playwright-core';
import { contrastFaults } from './contrast.ts';
import { type AxNode, namelessFaults, outlineFaults } from './page-outline.ts';
import { readIdFaults, readPaints } from './read-paints.ts';

/** What of WCAG 2.2 AA a page or an open dialog breaks, of what a program can find. */
export async function pageFaults(page: Page, shown: 'page' | 'dialog'): Promise<string[]> {
  const nodes = await accessibilityTree(page);
  const paints = await page.evaluate(readPaints);
  if (paints.length === 0) return ['nothing is shown'];
  const lang = await page.evaluate(() => document.documentElement.lang);
  return [
    ...contrastFaults(paints),
    ...namelessFaults(nodes),
    // Behind a modal dialog there is nothing.
    ...(shown === 'page' ? outlineFaults(nodes) : []),
    ...(await page.evaluate(readIdFaults)),
    ...(lang === 'en' ? [] : [`the language is '${lang}'`]),
    ...((await page.title()) === '' ? ['no title'] : []),
  ];
}

/** What Chromium tells a screen reader. */
async function accessibilityTree(page: Page): Promise<AxNode[]> {
  const session = await page.context().newCDPSession(page);
  try {
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    return nodes;
  } finally {
    await session.detach();
  }
}
