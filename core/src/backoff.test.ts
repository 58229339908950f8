import { expect, it } from 'vitest';
import { Backoff } from './backoff.ts';

it('draws each wait from 0 to a bound that doubles up to its cap', () => {
  let drawn = 0.999_999;
  const backoff = new Backoff(50, 2_000, () => drawn);
  const bounds = Array.from({ length: 8 }, () => Math.round(backoff.nextDelayMs()));
  expect(bounds).toEqual([50, 100, 200, 400, 800, 1600, 2000, 2000]);
  drawn = 0;
  expect(backoff.nextDelayMs()).toBe(0);
});

it('starts over with short waits after success', () => {
  const backoff = new Backoff(50, 2_000, () => 0.5);
  for (let attempt = 0; attempt < 5; attempt += 1) backoff.nextDelayMs();
  backoff.reset();
  expect(backoff.nextDelayMs()).toBe(25);
});
