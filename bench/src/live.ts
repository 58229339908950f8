import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readLocalState } from '@feedmill/cli/local-state';
import type { Percentiles } from './latency.ts';
import { LiveSubscribers } from './live-subscribers.ts';
import { percentilesOf } from './quote.ts';

const require = createRequire(import.meta.url);
const WARM_UP_MS = 5_000;
const SETTLE_MS = 10_000;
const START_TRIES = 240;
const START_POLL_MS = 500;
// Below what a key may ask for a second.
const OPEN_PAUSE_MS = 5;
const SYMBOLS = ['AAPL', 'MSFT', 'NVDA', 'GOOGL'];
const VENUES = ['XNAS', 'ARCX', 'BATS', 'IEXG'];

export interface LiveOptions {
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly subscribers: number;
  readonly held: number;
}

export interface LiveResult {
  readonly ratePerSecond: number;
  readonly subscribers: number;
  readonly messagesPerSecond: number;
  /** From the feed having an event to a client having it, ms. */
  readonly sinceFeedMs: Percentiles;
  /** From the worker receiving it, ms. */
  readonly sinceWorkerMs: Percentiles;
  readonly conflated: number;
  /** The gateway's resident memory without clients, and while it holds `held` of them, MiB. */
  readonly aloneMiB: number;
  readonly held: number;
  readonly heldMiB: number;
}

/** How soon clients of the live stream have an event, and what many of them cost. */
export async function benchLive(options: LiveOptions): Promise<LiveResult> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'feedmill-bench-'));
  const { ratePerSecond, seconds } = options;
  const source = `simulated:market?rate=${ratePerSecond}`;
  const program = require.resolve('@feedmill/cli/main');
  const child = spawn(process.execPath, [program, 'up', '--dir', dir, '--source', source], {
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  try {
    const { url, key, pid } = await started(dir);
    await sleep(SETTLE_MS);
    const aloneMiB = await residentMiB(pid);
    const subscribers = new LiveSubscribers();
    await openMany(subscribers, options.subscribers, url, key);
    await sleep(WARM_UP_MS);
    subscribers.isMeasuring = true;
    await sleep(seconds * 1_000);
    subscribers.isMeasuring = false;
    await openMany(subscribers, options.held, url, key);
    await sleep(SETTLE_MS);
    const heldMiB = await residentMiB(pid);
    const held = subscribers.count;
    subscribers.close();
    return {
      ratePerSecond,
      subscribers: options.subscribers,
      messagesPerSecond: subscribers.messages / seconds,
      sinceFeedMs: percentilesOf(subscribers.sinceFeedMs),
      sinceWorkerMs: percentilesOf(subscribers.sinceWorkerMs),
      conflated: subscribers.conflated,
      aloneMiB,
      held,
      heldMiB,
    };
  } finally {
    child.kill('SIGINT');
    await ended;
    await rm(dir, { recursive: true, force: true });
  }
}

/** Until there are so many; each follows one instrument, as a page does. */
async function openMany(
  subscribers: LiveSubscribers,
  count: number,
  url: string,
  key: string,
): Promise<void> {
  while (subscribers.count < count) {
    const at = subscribers.count;
    const symbol = SYMBOLS[at % SYMBOLS.length];
    const venue = VENUES[Math.floor(at / SYMBOLS.length) % VENUES.length];
    const name = `${symbol}.${venue}`;
    await subscribers.open(url, key, `trades:${name},quotes:${name}`);
    await sleep(OPEN_PAUSE_MS);
  }
}

async function started(dir: string): Promise<{ url: string; key: string; pid: number }> {
  for (let tries = 0; tries < START_TRIES; tries += 1) {
    const { gateway } = (await readLocalState(dir)) ?? {};
    if (gateway?.url !== undefined && gateway.process !== undefined) {
      const file = await readFile(path.join(dir, 'gateway-key.json'), 'utf8');
      const { key } = JSON.parse(file) as { key: string };
      return { url: gateway.url, key, pid: gateway.process.pid };
    }
    await sleep(START_POLL_MS);
  }
  throw new Error('the gateway did not start');
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}
