import { loadSchemas, settle } from '../adapters/real-world.ts';
import { checkOutcome } from '../check/check-outcome.ts';
import { type ClusterOptions, drawOptions } from '../cluster/cluster-options.ts';
import { World } from '../cluster/world.ts';
import { Chance } from '../kernel/chance.ts';
import { Scheduler } from '../kernel/scheduler.ts';
import { Trace } from '../kernel/trace.ts';

const schemas = loadSchemas();
const CONVERGE_MS = 120_000;

/** A cluster in which only what a test says goes wrong. */
export class Scenario {
  readonly world: World;
  readonly notes: string[] = [];

  constructor(
    seed: number,
    change: (options: ClusterOptions) => ClusterOptions = (same) => same,
    regionCount = 1,
  ) {
    const chance = new Chance(seed);
    const trace = new Trace((line) => this.notes.push(line));
    const scheduler = new Scheduler(settle, trace);
    const calm = { clockRates: [], clockOffsetsMs: [] };
    const options = change({ ...drawOptions(chance.of('options'), regionCount), ...calm });
    this.world = new World({ scheduler, chance, options, schemas });
    this.world.start();
  }

  /** What the checks have found. */
  get found(): string[] {
    return this.world.findings.list.map(({ rule, what }) => `${rule}: ${what}`);
  }

  /** Lets virtual time pass. */
  async pass(ms: number): Promise<void> {
    const { scheduler } = this.world;
    await scheduler.runUntil(scheduler.nowMs + ms);
  }

  /** Lets time pass until something holds, for at most two minutes. */
  async until(holds: () => boolean): Promise<void> {
    const { scheduler } = this.world;
    const endMs = scheduler.nowMs + CONVERGE_MS;
    while (!holds() && scheduler.nowMs < endMs) await this.pass(5);
    if (!holds()) throw new Error(`not within ${CONVERGE_MS} ms:\n${this.notes.join('\n')}`);
  }

  /** Has everything sent and committed, and checks it. */
  async finish(): Promise<void> {
    await this.until(() => this.world.isDone || this.found.length > 0);
    if (this.found.length === 0) await checkOutcome(this.world);
  }
}
