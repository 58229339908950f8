import { performance } from 'node:perf_hooks';
import { LIMITS } from '@feedmill/operator/limits';
import { Stage } from '@feedmill/operator/testing/stage';
import { until } from '@feedmill/operator/testing/waiting';

const CLUSTER = 'bench';
const SHARDS = 8;
const BOUND_MS_MAX = 300_000;
const LOOK_MS = 100;

export interface OperatorOptions {
  readonly producers: number;
  /** How long nothing changes, to see what that costs. */
  readonly idleSeconds: number;
}

export interface OperatorResult {
  readonly producers: number;
  readonly boundMs: number;
  readonly reconciles: number;
  readonly reconcileMeanMs: number;
  /** From a changed Producer to a status that has seen it. */
  readonly changedMs: number;
  readonly idleSeconds: number;
  readonly idleRequests: number;
  readonly idleCores: number;
}

/**
 * One operator with its real limits, over real HTTP, against an API server and workers that answer
 * from memory in the same process: what they cost is in the figures.
 */
export async function benchOperator(options: OperatorOptions): Promise<OperatorResult> {
  const { producers, idleSeconds } = options;
  const stage = await Stage.open(LIMITS);
  try {
    stage.secret('db', { url: 'postgres://db' });
    stage.cluster(CLUSTER, { shards: SHARDS, binding: { mode: 'Bounded' } });
    const names = Array.from({ length: producers }, (_, at) => `producer-${at}`);
    for (const name of names) stage.producer(name, CLUSTER);
    const startMs = performance.now();
    stage.operator('bench');
    const streams = (name: string): boolean =>
      stage.producerNow(name)?.status?.state === 'Streaming';
    await until('all stream', () => names.every(streams), BOUND_MS_MAX, undefined, LOOK_MS);
    const boundMs = performance.now() - startMs;
    await stage.stable(CLUSTER);
    const reconcile = await stage.metrics.reconcileSeconds.get();
    const grown = (part: string): number =>
      reconcile.values.find(
        ({ metricName, labels }) =>
          metricName?.endsWith(part) === true && labels.kind === 'producer',
      )?.value ?? Number.NaN;
    return {
      producers,
      boundMs,
      reconciles: grown('_count'),
      reconcileMeanMs: (1_000 * grown('_sum')) / grown('_count'),
      changedMs: await changed(stage, names[0] ?? ''),
      idleSeconds,
      ...(await idle(stage, idleSeconds)),
    };
  } finally {
    await stage.close();
  }
}

async function changed(stage: Stage, name: string): Promise<number> {
  const startMs = performance.now();
  stage.patch('producers', name, { spec: { weight: 2 } });
  await until('it is seen', () => {
    const { metadata, status } = stage.producerNow(name) ?? {};
    return status?.observedGeneration === metadata?.generation;
  });
  return performance.now() - startMs;
}

async function idle(
  stage: Stage,
  idleSeconds: number,
): Promise<{ idleRequests: number; idleCores: number }> {
  // The workers are asked often for a while after the last change.
  await pause(LIMITS.hurryMs + LIMITS.askMs);
  const isOurs = ({ path }: { readonly path: string }): boolean => !path.includes('/leases');
  const requests = stage.server.requests.filter(isOurs).length;
  const before = process.cpuUsage();
  await pause(idleSeconds * 1_000);
  const { user, system } = process.cpuUsage(before);
  return {
    idleRequests: stage.server.requests.filter(isOurs).length - requests,
    idleCores: (user + system) / 1e6 / idleSeconds,
  };
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
