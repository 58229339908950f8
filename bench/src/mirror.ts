import { setTimeout as sleep } from 'node:timers/promises';
import { DrillLinks } from '@feedmill/cli/drill/drill-links';
import { DIRECT_LINKS } from '@feedmill/cli/regions/pair-links';
import type { Side } from '@feedmill/cli/regions/side';
import { type Percentiles, worst } from './latency.ts';
import { LocalMirror } from './local-mirror.ts';

const WARM_UP_SECONDS = 5;

export interface MirrorOptions {
  readonly seconds: number;
  /** Workers in each region, one producer each. */
  readonly shards: number;
  /** Of the latencies, events/s. */
  readonly ratePerSecond: number;
  /** Put on the link between the regions, each way; 0: they reach each other as they are. */
  readonly delaysMs: readonly number[];
}

/** As fast as it goes. */
export interface MirrorThroughput {
  readonly seconds: number;
  readonly committedPerSecond: Readonly<Record<Side, number>>;
  readonly cores: readonly { readonly name: string; readonly cores: number }[];
  readonly areEqual: boolean;
}

/** At a steady rate. */
export interface MirrorLatency {
  readonly delayMs: number;
  readonly reachedPerSecond: number;
  /** From send to the ack that both regions have it on disk, ms. */
  readonly durableMs: Percentiles;
  /** From send to the ack that it is in the primary's Postgres, ms. */
  readonly committedMs: Percentiles;
  readonly areEqual: boolean;
}

export interface MirrorResult {
  readonly ratePerSecond: number;
  readonly throughput: MirrorThroughput;
  readonly latencies: readonly MirrorLatency[];
}

/** Two regions and their witness: what the mirror lets through, and how long an ack takes. */
export async function benchMirror(options: MirrorOptions): Promise<MirrorResult> {
  const throughput = await measureThroughput(options);
  const latencies: MirrorLatency[] = [];
  for (const delayMs of options.delaysMs) latencies.push(await measureLatency(options, delayMs));
  return { ratePerSecond: options.ratePerSecond, throughput, latencies };
}

async function measureThroughput({ seconds, shards }: MirrorOptions): Promise<MirrorThroughput> {
  const start = new Date(Date.now() - 60_000).toISOString();
  const sources = Array.from(
    { length: shards },
    (_, index) =>
      `simulated:load?speed=0&rate=200000&seed=${index + 1}&start=${start}` +
      '&quotes=0&news=0&trades=1',
  );
  const links = DIRECT_LINKS;
  const mirror = await LocalMirror.start({ sources, links, warmUpSeconds: WARM_UP_SECONDS });
  try {
    await sleep(WARM_UP_SECONDS * 1000);
    const before = await look(mirror);
    await sleep(seconds * 1000);
    const after = await look(mirror);
    const measured = (after.atMs - before.atMs) / 1000;
    const areEqual = await mirror.drain();
    return {
      seconds: measured,
      committedPerSecond: {
        east: (after.east - before.east) / measured,
        west: (after.west - before.west) / measured,
      },
      cores: [...after.cpu].map(([name, cpu]) => ({
        name,
        cores: (cpu - (before.cpu.get(name) ?? 0)) / measured,
      })),
      areEqual,
    };
  } finally {
    await mirror.close();
  }
}

async function look(mirror: LocalMirror) {
  const [east, west] = await Promise.all([
    mirror.committedEvents('east'),
    mirror.committedEvents('west'),
  ]);
  return { east, west, atMs: performance.now(), cpu: await mirror.cpuSeconds() };
}

async function measureLatency(
  { seconds, shards, ratePerSecond }: MirrorOptions,
  delayMs: number,
): Promise<MirrorLatency> {
  const rate = ratePerSecond / shards;
  const events = rate * (seconds + WARM_UP_SECONDS);
  const sources = Array.from(
    { length: shards },
    (_, index) => `simulated:load?rate=${rate}&events=${events}&seed=${index + 1}`,
  );
  const proxies = delayMs === 0 ? undefined : new DrillLinks(delayMs);
  const links = proxies ?? DIRECT_LINKS;
  const mirror = await LocalMirror.start({ sources, links, warmUpSeconds: WARM_UP_SECONDS });
  try {
    await sleep(WARM_UP_SECONDS * 1000);
    const before = await mirror.committedEvents('east');
    const startedMs = performance.now();
    await sleep(seconds * 500);
    const half = (await mirror.committedEvents('east')) - before;
    const halfSeconds = (performance.now() - startedMs) / 1000;
    const done = [];
    for (const producer of mirror.producers) done.push(await producer.message('done'));
    const latencies = done.map((report) => report['latency'] as Record<string, Percentiles>);
    const worstOf = (name: string): Percentiles =>
      worst(latencies.map((latency) => latency[name] as Percentiles));
    return {
      delayMs,
      reachedPerSecond: half / halfSeconds,
      durableMs: worstOf('durableMs'),
      committedMs: worstOf('committedMs'),
      areEqual: await mirror.drain(),
    };
  } finally {
    await mirror.close();
    await proxies?.close();
  }
}
