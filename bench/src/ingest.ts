import { setTimeout as sleep } from 'node:timers/promises';
import { Pipeline, type Usage } from './pipeline.ts';
import { measureRawCopy, type RawCopyResult } from './raw-copy.ts';

export interface IngestOptions {
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly shards: number;
  /** Kinds of events: `trades`, or `mixed` for the simulated market's own mix. */
  readonly mix: 'trades' | 'mixed';
}

export interface IngestResult {
  readonly seconds: number;
  readonly committedPerSecond: number;
  readonly durablePerSecond: number;
  readonly rawCopy: RawCopyResult;
  readonly ratio: number;
  readonly usage: readonly Usage[];
  readonly cores: readonly { readonly name: string; readonly cores: number }[];
}

/** As fast as it goes: producers, workers and Postgres on this machine, then the bare COPY. */
export async function benchIngest(options: IngestOptions): Promise<IngestResult> {
  const mix = options.mix === 'trades' ? '&quotes=0&news=0&trades=1' : '';
  const start = new Date(Date.now() - 60_000).toISOString();
  const sources = Array.from(
    { length: options.shards },
    (_, index) => `simulated:load?speed=0&rate=200000&seed=${index + 1}&start=${start}${mix}`,
  );
  const pipeline = await Pipeline.start({ sources, shards: options.shards });
  try {
    await sleep(options.warmUpSeconds * 1000);
    const usageBefore = await pipeline.usage();
    const committedBefore = await pipeline.committedEvents();
    const durableBefore = pipeline.durableEvents();
    const started = performance.now();
    await sleep(options.seconds * 1000);
    const committed = (await pipeline.committedEvents()) - committedBefore;
    const durable = pipeline.durableEvents() - durableBefore;
    const seconds = (performance.now() - started) / 1000;
    const usage = await pipeline.usage();
    await pipeline.drain();
    const rawCopy = await measureRawCopy(pipeline.client);
    const committedPerSecond = committed / seconds;
    return {
      seconds,
      committedPerSecond,
      durablePerSecond: durable / seconds,
      rawCopy,
      ratio: committedPerSecond / rawCopy.rowsPerSecond,
      usage,
      cores: usage.map(({ name, cpuSeconds }, index) => ({
        name,
        cores: (cpuSeconds - (usageBefore[index]?.cpuSeconds ?? 0)) / seconds,
      })),
    };
  } finally {
    await pipeline.close();
  }
}
