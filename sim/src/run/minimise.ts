import type { SimulationRequest, SimulationResult } from '../cluster/simulation.ts';

/** Runs that a minimisation may take. */
const RUNS_MAX = 120;

/** What is left of a seed that fails. */
export interface Minimised {
  readonly request: SimulationRequest;
  readonly result: SimulationResult;
  readonly runs: number;
}

type Run = (request: SimulationRequest) => Promise<SimulationResult>;

/** Looks for fewer faults and fewer events that break the same rule. */
export async function minimise(failed: SimulationResult, run: Run): Promise<Minimised> {
  return await new Minimiser(failed, run).minimise();
}

class Minimiser {
  readonly #run: Run;
  readonly #rule: string | undefined;
  #request: SimulationRequest;
  #result: SimulationResult;
  #runs = 0;

  constructor(failed: SimulationResult, run: Run) {
    this.#run = run;
    this.#rule = failed.findings[0]?.rule;
    this.#result = failed;
    const faults = new Set(failed.faults.map(({ id }) => id));
    const regions = failed.options.regions === undefined ? undefined : 2;
    this.#request = { seed: failed.seed, regions, faults };
  }

  async minimise(): Promise<Minimised> {
    await this.#fewerFaults();
    await this.#fewerEvents();
    await this.#fewerFaults();
    return { request: this.#request, result: this.#result, runs: this.#runs };
  }

  /** Leaves out parts of the faults, large ones first (Zeller's ddmin). */
  async #fewerFaults(): Promise<void> {
    let size = Math.ceil(this.#ids.length / 2);
    while (size >= 1 && this.#runs < RUNS_MAX) {
      let isSmaller = false;
      for (let from = 0; from < this.#ids.length; ) {
        const kept = [...this.#ids.slice(0, from), ...this.#ids.slice(from + size)];
        if (await this.#stillFails({ ...this.#request, faults: new Set(kept) })) isSmaller = true;
        else from += size;
      }
      if (!isSmaller || size > 1) size = size === 1 ? 0 : Math.floor(size / 2);
    }
  }

  async #fewerEvents(): Promise<void> {
    let events = Math.max(...this.#result.options.producers.map(({ feed }) => feed.events));
    for (let fewer = Math.floor(events / 2); fewer > 0; fewer = Math.floor(fewer / 2)) {
      if (!(await this.#stillFails({ ...this.#request, eventsMax: events - fewer }))) continue;
      events -= fewer;
      fewer = Math.floor(events);
    }
  }

  get #ids(): number[] {
    return [...(this.#request.faults ?? [])];
  }

  async #stillFails(request: SimulationRequest): Promise<boolean> {
    if (this.#runs >= RUNS_MAX) return false;
    this.#runs += 1;
    const result = await this.#run(request);
    if (result.findings[0]?.rule !== this.#rule) return false;
    this.#request = request;
    this.#result = result;
    return true;
  }
}

/** The command that runs this again. */
export function commandOf(
  { seed, regions, faults, eventsMax }: SimulationRequest,
  mutant: string | undefined,
): string {
  const parts = [`npm run sim -- --seed ${seed}`];
  if (regions !== undefined) parts.push(`--regions ${regions}`);
  if (faults !== undefined) parts.push(`--faults '${[...faults].join(',')}'`);
  if (eventsMax !== undefined) parts.push(`--events ${eventsMax}`);
  if (mutant !== undefined) parts.push(`--mutant ${mutant}`);
  return parts.join(' ');
}
