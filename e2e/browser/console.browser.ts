import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../harness/waiting.ts';
import { ConsoleLab } from './harness/console-lab.ts';

let lab: ConsoleLab;

beforeAll(async () => {
  lab = await ConsoleLab.start(['simulated:market?rate=500']);
});

afterAll(async () => await lab.stop());

test('the page goes on when the worker of its feed is killed', async () => {
  const { page } = await lab.show('#/overview');
  const row = page.getByRole('row', { name: /market/ });
  await row.waitFor();
  const pid = Number(/vm:(\d+)|:(\d+):/.exec((await row.textContent()) ?? '')?.[1]);
  expect(pid).toBeGreaterThan(1);
  process.kill(pid, 'SIGKILL');
  await until('another process has the feed', async () => {
    const text = (await row.textContent()) ?? '';
    return !text.includes(`:${pid}:`) && /ok/.test(text);
  });
  expect(await page.getByText('Live', { exact: true }).count()).toBe(1);
});

test('the page says that its connection is lost, and goes on by itself', async () => {
  const { page, errors } = await lab.show('#/overview');
  const row = page.getByRole('row', { name: /market/ });
  await row.waitFor();
  process.kill(await lab.gatewayPid(), 'SIGKILL');
  await page.getByText('Connection lost.').waitFor();
  expect(await row.count()).toBe(1);
  await page.getByText('Connection lost.').waitFor({ state: 'detached' });
  await page.getByText('Live', { exact: true }).waitFor();
  const committed = async (): Promise<string | null> => await page.locator('.totals').textContent();
  const before = await committed();
  await until('figures come again', async () => (await committed()) !== before);
  expect(errors).toEqual([]);
});

test('the simulated market is stopped, paced and started from the page', async () => {
  const { page, errors } = await lab.show('#/operate');
  const market = page.getByRole('region', { name: 'Simulated market' });
  await market.getByText('running', { exact: true }).waitFor();
  await market.getByRole('button', { name: 'Stop' }).click();
  await market.getByText('stopped', { exact: true }).waitFor();
  await market.getByLabel('Events/s').fill('250');
  await market.getByRole('button', { name: 'Set 250' }).click();
  await until('its rate is the new one', async () => {
    return await market.getByRole('button', { name: 'Set 250' }).isDisabled();
  });
  await market.getByRole('button', { name: 'Start' }).click();
  await market.getByText('running', { exact: true }).waitFor();
  expect(await market.getByLabel('Events/s').inputValue()).toBe('250');
  expect(errors).toEqual([]);
});

test('an instrument is found by the keyboard alone, and its trades come live', async () => {
  const { page } = await lab.show('#/overview');
  await page.keyboard.press('/');
  await page.keyboard.type('aapl.xnas');
  await page.getByRole('option').filter({ hasText: 'XNAS' }).first().waitFor();
  await page.keyboard.press('Enter');
  const first = page.locator('.tape tbody tr').first();
  await first.waitFor();
  const before = await first.textContent();
  await until('another trade is shown', async () => (await first.textContent()) !== before);
  expect(new URL(page.url()).hash).toBe('#/instrument/AAPL.XNAS');
});

test('Enter opens what was typed, not what the list showed before it', async () => {
  const { page } = await lab.show('#/overview');
  await page.keyboard.press('/');
  const options = page.getByRole('option');
  await options.nth(1).waitFor();
  const last = options.last();
  const parts = [last.locator('strong'), last.locator('span')];
  const name = (await Promise.all(parts.map((part) => part.textContent()))).join('.');
  await page.keyboard.type(name.toLowerCase());
  await page.keyboard.press('Enter');
  await page.locator('.instrument').waitFor();
  expect(decodeURIComponent(new URL(page.url()).hash)).toBe(`#/instrument/${name}`);
});
