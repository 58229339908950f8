import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 5;

/** Resolves when `isSo`; fails with `what` when that takes longer than any test should. */
export async function until(
  what: string,
  isSo: () => boolean,
  timeoutMs = 20_000,
  seen: () => unknown = () => '',
  pollMs = POLL_MS,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!isSo()) {
    if (performance.now() > endMs) {
      throw new Error(`waited ${timeoutMs} ms for: ${what}; seen: ${JSON.stringify(seen())}`);
    }
    await delay(pollMs);
  }
}
