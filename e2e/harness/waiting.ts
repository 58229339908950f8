import { setTimeout as sleep } from 'node:timers/promises';

/** How long a test waits for something that takes seconds at most on a busy machine. */
const WITHIN_MS_DEFAULT = 30_000;
const EVERY_MS_DEFAULT = 10;

export interface WaitOptions {
  readonly withinMs?: number;
  readonly everyMs?: number;
  /** What to say of the state when the time is over. */
  readonly seen?: () => unknown;
}

/**
 * Asks again and again until the answer is neither undefined nor false.
 *
 * @throws an error that names what was waited for
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  { withinMs = WITHIN_MS_DEFAULT, everyMs = EVERY_MS_DEFAULT, seen }: WaitOptions = {},
): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadlineMs) throw new Error(overdue(what, withinMs, seen));
    await sleep(everyMs);
  }
}

/** The promise's value, or an error that names what did not come in time. */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  withinMs: number = WITHIN_MS_DEFAULT,
): Promise<T> {
  const over = new AbortController();
  const deadline = sleep(withinMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(overdue(what, withinMs, undefined));
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    deadline.catch(() => undefined);
    over.abort();
  }
}

function overdue(what: string, withinMs: number, seen: (() => unknown) | undefined): string {
  const state = seen === undefined ? '' : `; seen was ${JSON.stringify(seen())}`;
  return `Waited ${withinMs} ms for this, which did not come: ${what}${state}`;
}

/** Does nothing for a while. */
export async function pause(ms: number): Promise<void> {
  await sleep(ms);
}
