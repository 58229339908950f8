import type { SeedRun } from '../adapters/seed-pool.ts';
import type { Mutant } from '../mutants/mutant.ts';

/** What became of a mutant. */
export interface MutantOutcome {
  readonly name: string;
  readonly what: string;
  /** Seeds that it took until one failed; undefined: none of those that were tried did. */
  readonly seeds: number | undefined;
  readonly seedsTried: number;
  /** The rule that it broke. */
  readonly rule: string | undefined;
  readonly finding: string | undefined;
}

export interface MutantHunt {
  readonly mutants: readonly Mutant[];
  /** Mutants at a time. */
  readonly jobs: number;
  readonly from: number;
  /** Seeds that each may take. */
  readonly seedsMax: number;
  readonly runSeeds: (run: SeedRun) => Promise<void>;
  readonly onOutcome: (outcome: MutantOutcome) => void;
}

/** Runs seeds with each mutant until one of them fails. */
export async function killMutants(hunt: MutantHunt): Promise<void> {
  const left = [...hunt.mutants];
  const work = async (): Promise<void> => {
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      hunt.onOutcome(await killMutant(mutant, hunt));
    }
  };
  await Promise.all(Array.from({ length: hunt.jobs }, work));
}

async function killMutant(
  { name, what, regions }: Mutant,
  hunt: MutantHunt,
): Promise<MutantOutcome> {
  const { from, seedsMax, runSeeds } = hunt;
  let seedsTried = 0;
  let found: { readonly rule: string; readonly what: string } | undefined;
  await runSeeds({
    jobs: 1,
    mutant: name,
    regions,
    nextSeed: () => (found !== undefined || seedsTried >= seedsMax ? undefined : from + seedsTried),
    onResult: ({ findings }) => {
      seedsTried += 1;
      [found] = findings;
    },
  });
  const seeds = found && seedsTried;
  return { name, what, seeds, seedsTried, rule: found?.rule, finding: found?.what };
}
