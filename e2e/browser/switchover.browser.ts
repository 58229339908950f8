import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConsoleLab } from './harness/console-lab.ts';
import { contrastFaults } from './harness/contrast.ts';
import { walkByKeyboard } from './harness/keyboard-walk.ts';
import { pageFaults } from './harness/page-faults.ts';

let lab: ConsoleLab;

beforeAll(async () => {
  lab = await ConsoleLab.start(['simulated:market?rate=300'], 2);
});

afterAll(async () => await lab.stop());

test('all shards move to the other region from the page, by the keyboard alone', async () => {
  const { page, errors } = await lab.show('#/operate');
  const panel = page.getByRole('region', { name: 'Planned switchover' });
  await panel.getByText('east is primary, west follows in sync').waitFor();
  const open = panel.getByRole('button', { name: 'Switch over to west' });
  const { frames, missed } = await walkByKeyboard(page);
  expect(missed).toEqual([]);
  expect(contrastFaults(frames)).toEqual([]);
  await open.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Confirm the switchover' });
  const confirm = dialog.getByRole('button', { name: 'Switch over' });
  await dialog.waitFor();
  expect(await confirm.isDisabled()).toBe(true);
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    expect(await pageFaults(page, 'dialog'), scheme).toEqual([]);
  }
  await dialog.getByLabel('Type west to confirm').focus();
  await page.keyboard.type('west');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await panel.getByText('2 shards in west.').waitFor();
  for (const step of ['shard 0', 'shard 1', 'east follows in sync']) {
    expect(await panel.getByText(step, { exact: true }).count()).toBe(1);
  }
  expect(await panel.textContent()).toContain('acknowledgements paused for');
  await panel.getByText('west is primary, east follows in sync').waitFor();
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    expect(await pageFaults(page, 'page'), scheme).toEqual([]);
  }
  expect(errors).toEqual([]);
});
