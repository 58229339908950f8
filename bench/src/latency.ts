import { setTimeout as sleep } from 'node:timers/promises';
import { benchBareCopyLoop } from './bare-copy-loop.ts';
import { Pipeline, type Usage } from './pipeline.ts';

const WARM_UP_SECONDS = 5;
const BARE_COPY_SECONDS = 10;

export interface LatencyOptions {
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly shards: number;
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export interface LatencyResult {
  readonly ratePerSecond: number;
  readonly reachedPerSecond: number;
  /** From send to the ack that it survives the loss of the worker, ms. */
  readonly durableMs: Percentiles;
  /** From send to the ack that it is in Postgres, ms. */
  readonly committedMs: Percentiles;
  /** From due to committed, in a bare loop of COPY at the same rate in the same run, ms. */
  readonly bareCopyMs: Percentiles;
  readonly usage: readonly Usage[];
}

/** At a steady rate: how long an event takes to be safe, and to be a row. */
export async function benchLatency(options: LatencyOptions): Promise<LatencyResult> {
  const rate = options.ratePerSecond / options.shards;
  const events = rate * (options.seconds + WARM_UP_SECONDS);
  const sources = Array.from(
    { length: options.shards },
    (_, index) => `simulated:load?rate=${rate}&events=${events}&seed=${index + 1}`,
  );
  const pipeline = await Pipeline.start({
    sources,
    shards: options.shards,
    warmUpSeconds: WARM_UP_SECONDS,
  });
  try {
    await sleep(WARM_UP_SECONDS * 1000);
    const started = performance.now();
    const before = await pipeline.committedEvents();
    await sleep(options.seconds * 500);
    const half = (await pipeline.committedEvents()) - before;
    const halfSeconds = (performance.now() - started) / 1000;
    const reports = [];
    for (const producer of pipeline.producers) reports.push(await producer.message('done'));
    const usage = await pipeline.usage();
    await Promise.all(pipeline.workers.map((worker) => worker.stop()));
    const bareCopyMs = await benchBareCopyLoop(
      pipeline.client,
      options.ratePerSecond,
      BARE_COPY_SECONDS,
    );
    const latencies = reports.map((report) => report['latency'] as Record<string, Percentiles>);
    return {
      ratePerSecond: options.ratePerSecond,
      reachedPerSecond: half / halfSeconds,
      durableMs: worst(latencies.map((latency) => latency['durableMs'] as Percentiles)),
      committedMs: worst(latencies.map((latency) => latency['committedMs'] as Percentiles)),
      bareCopyMs,
      usage,
    };
  } finally {
    await pipeline.close();
  }
}

/** With several producers the slower one counts. */
export function worst(all: readonly Percentiles[]): Percentiles {
  return {
    p50: Math.max(...all.map(({ p50 }) => p50)),
    p99: Math.max(...all.map(({ p99 }) => p99)),
    p999: Math.max(...all.map(({ p999 }) => p999)),
  };
}
