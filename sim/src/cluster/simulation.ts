import { checkOutcome } from '../check/check-outcome.ts';
import type { Finding } from '../check/findings.ts';
import { Chance } from '../kernel/chance.ts';
import { Scheduler, type Settle } from '../kernel/scheduler.ts';
import { Trace } from '../kernel/trace.ts';
import type { TableSchema } from '../postgres/schema.ts';
import { applyFault } from './apply-fault.ts';
import { type ClusterOptions, drawOptions } from './cluster-options.ts';
import { type PlannedFault, planFaults } from './fault-plan.ts';
import { World } from './world.ts';

/** After the last fault everything acknowledged is committed within this time, ms. */
const CONVERGE_MS = 120_000;
const LOOK_MS = 250;

/** What is simulated. */
export interface SimulationRequest {
  readonly seed: number;
  /** Numbers of the faults that take place; undefined: all. */
  readonly faults?: ReadonlySet<number> | undefined;
  /** At most so many events a producer. */
  readonly eventsMax?: number | undefined;
  /** In how many regions the cluster lives, 1 or 2; undefined: one. */
  readonly regions?: number | undefined;
  readonly onNote?: (line: string) => void;
}

/** What the real world gives. */
export interface SimulationDeps {
  readonly settle: Settle;
  readonly schemas: readonly TableSchema[];
}

export interface SimulationResult {
  readonly seed: number;
  readonly options: ClusterOptions;
  readonly faults: readonly PlannedFault[];
  readonly findings: readonly Finding[];
  readonly fingerprint: string;
  readonly steps: number;
  readonly simulatedMs: number;
  readonly events: number;
}

/** Runs one seed from its draw to its checks. */
export async function simulate(
  request: SimulationRequest,
  deps: SimulationDeps,
): Promise<SimulationResult> {
  const { seed } = request;
  const chance = new Chance(seed);
  const options = limited(drawOptions(chance.of('options'), request.regions), request.eventsMax);
  const faults = planFaults(chance.of('faults'), options).filter(
    ({ id }) => request.faults === undefined || request.faults.has(id),
  );
  const scheduler = new Scheduler(deps.settle, new Trace(request.onNote));
  const world = new World({ scheduler, chance, options, schemas: deps.schemas });
  world.start();
  for (const fault of faults) scheduleFault(world, fault);
  await scheduler.runUntil(options.faultsMs + 1);
  await converge(world);
  if (world.findings.list.length === 0) await checkOutcome(world);
  return {
    seed,
    options,
    faults,
    findings: world.findings.list,
    fingerprint: scheduler.trace.fingerprint,
    steps: scheduler.steps,
    simulatedMs: scheduler.nowMs,
    events: world.feeds.reduce((sum, { events }) => sum + events.length, 0),
  };
}

function limited(options: ClusterOptions, eventsMax = Number.POSITIVE_INFINITY): ClusterOptions {
  return {
    ...options,
    producers: options.producers.map((producer) => ({
      ...producer,
      feed: { ...producer.feed, events: Math.min(producer.feed.events, eventsMax) },
    })),
  };
}

function scheduleFault(world: World, fault: PlannedFault): void {
  const { scheduler, options } = world;
  scheduler.after(fault.atMs, `fault ${fault.id}`, () => {
    world.note(`fault ${fault.id}: ${fault.kind} for ${Math.round(fault.durationMs)} ms`);
    const heal = applyFault(world, fault);
    if (heal === undefined) return;
    const leftMs = Math.max(0, options.faultsMs - scheduler.nowMs);
    scheduler.after(Math.min(fault.durationMs, leftMs), `fault ${fault.id} ends`, () => {
      world.note(`fault ${fault.id} ends`);
      heal();
    });
  });
}

/** Nothing goes wrong any more: everything has to be sent and committed within a bounded time. */
async function converge(world: World): Promise<void> {
  const { scheduler, feeds, options, regions } = world;
  for (const { postgres } of regions) postgres.repliesToLose = 0;
  const lastDueMs = Math.max(...feeds.map(({ events }) => events.at(-1)?.dueMs ?? 0));
  const endMs = Math.max(options.faultsMs, lastDueMs) * 1.05 + CONVERGE_MS;
  while (!world.isDone && scheduler.nowMs < endMs && world.findings.list.length === 0) {
    await scheduler.runUntil(scheduler.nowMs + LOOK_MS);
  }
  if (world.isDone || world.findings.list.length > 0) return;
  const left = feeds.map(
    ({ producer, events }) => `${producer} ${world.committedThrough(producer)} of ${events.length}`,
  );
  world.findings.add(
    'progress',
    `${CONVERGE_MS / 1000} s after the last fault: ${left.join(', ')} committed` +
      (world.supervisors.every(({ isSettled }) => isSettled)
        ? ''
        : '; the bindings are not settled'),
  );
}
