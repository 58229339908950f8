import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import {
  hasRecordedData,
  NEEDS_RECORDED_DATA,
  recordedPath,
} from '@feedmill/producer/capture/testing/recorded-data';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConsoleLab, type Screen, type Shown } from './harness/console-lab.ts';
import { contrastFaults } from './harness/contrast.ts';
import { walkByKeyboard } from './harness/keyboard-walk.ts';
import { pageFaults } from './harness/page-faults.ts';

/** Where pictures of every page are left. */
const PICTURES = path.resolve('.feedmill-e2e/pictures');
const RECORDED = 'SKL-USD.COINBASE';
const skipped = hasRecordedData() ? '' : ` (${NEEDS_RECORDED_DATA})`;
const PAGES = [
  ['overview', '#/overview', '.feeds [data-row]'],
  ['instrument', '#/instrument/AAPL.XNAS?step=1s', '.tape tbody tr'],
  ['operate', '#/operate', '.operate'],
] as const;
const SCREENS = [
  [400, 800],
  [1_440, 900],
  [3_840, 2_160],
] as const;
const SCHEMES = ['light', 'dark'] as const;

let lab: ConsoleLab;

beforeAll(async () => {
  const recorded = `capture:cryptofeed:${recordedPath('websocket/COINBASE')}?speed=0`;
  lab = await ConsoleLab.start([
    'simulated:market?rate=500',
    ...(hasRecordedData() ? [recorded] : []),
  ]);
  await mkdir(PICTURES, { recursive: true });
});

afterAll(async () => await lab.stop());

async function showFull(hash: string, place: string, screen?: Screen): Promise<Shown> {
  const shown = await lab.show(hash, screen);
  await shown.page.locator(place).first().waitFor();
  await shown.page.getByText('Live', { exact: true }).waitFor();
  return shown;
}

test.each(PAGES)(
  'the page %s fits every screen and meets WCAG AA, light and dark',
  async (name, hash, place) => {
    for (const [width, height] of SCREENS) {
      const { page, hosts, errors } = await showFull(hash, place, {
        width,
        height,
        scheme: 'light',
      });
      for (const scheme of SCHEMES) {
        await page.emulateMedia({ colorScheme: scheme });
        const seen = `${width} pixels, ${scheme}`;
        expect(await pageFaults(page, 'page'), seen).toEqual([]);
        const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(beyond, seen).toBeLessThanOrEqual(0);
        await page.screenshot({ path: path.join(PICTURES, `${name}-${width}-${scheme}.png`) });
      }
      expect([...hosts]).toEqual([new URL(lab.url).host]);
      expect(errors).toEqual([]);
    }
  },
);

test.each(PAGES)(
  'on the page %s the keyboard reaches every control, and shows where it is',
  async (_, hash, place) => {
    const { page } = await showFull(hash, place);
    for (const scheme of SCHEMES) {
      await page.emulateMedia({ colorScheme: scheme });
      const { frames, missed } = await walkByKeyboard(page);
      expect(frames.length).toBeGreaterThan(5);
      expect(missed).toEqual([]);
      expect(contrastFaults(frames), scheme).toEqual([]);
    }
  },
);

test.skipIf(!hasRecordedData())(
  `recorded history, which trades no more, is shown as it ended${skipped}`,
  async () => {
    const { page, errors } = await showFull(`#/instrument/${RECORDED}?step=1s`, '.legend');
    expect(await page.locator('.legend').textContent()).toMatch(/^2021-04-17 16:44:06/);
    expect(await pageFaults(page, 'page')).toEqual([]);
    await page.screenshot({ path: path.join(PICTURES, 'recorded.png') });
    expect(errors).toEqual([]);
  },
);

test('the dialogs meet WCAG AA, and give the keyboard back', async () => {
  const { page } = await showFull('#/overview', '.feeds [data-row]');
  for (const [key, place] of [
    ['/', 'dialog.search [role=option]'],
    ['?', 'dialog.shortcuts'],
  ] as const) {
    for (const scheme of SCHEMES) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.keyboard.press(key);
      await page.locator(place).first().waitFor();
      expect(await pageFaults(page, 'dialog'), `${place}, ${scheme}`).toEqual([]);
      await page.keyboard.press('Escape');
      await page.locator('dialog').waitFor({ state: 'detached' });
    }
  }
});

test('who has no key is asked for one, and a wrong one is refused in a sentence', async () => {
  const { page, errors } = await lab.open('');
  const field = page.getByLabel('API key');
  await field.waitFor();
  for (const scheme of SCHEMES) {
    await page.emulateMedia({ colorScheme: scheme });
    expect(await pageFaults(page, 'page'), scheme).toEqual([]);
  }
  await field.fill('fmk_this-is-none');
  await page.keyboard.press('Enter');
  await page.getByText('The key or token is unknown').waitFor();
  await field.fill(lab.key);
  await page.keyboard.press('Enter');
  await page.getByText('Live', { exact: true }).waitFor();
  expect(errors).toEqual([]);
});

test('a key that may only read can change nothing, and is told why', async () => {
  const made = await lab.command('key', 'add', 'reader', '--scope=read,live', '--json');
  const { key } = JSON.parse(made) as { key: string };
  const { page } = await lab.show('#/operate', undefined, key);
  await page.getByText('it lacks the scope').waitFor();
  for (const scheme of SCHEMES) {
    await page.emulateMedia({ colorScheme: scheme });
    expect(await pageFaults(page, 'page'), scheme).toEqual([]);
  }
  expect(await page.locator('.operate button:not(:disabled)').count()).toBe(0);
});
