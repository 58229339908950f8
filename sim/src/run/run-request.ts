import { parseArgs } from 'node:util';
import { FeedmillError } from '@feedmill/core/errors';

/** What `npm run sim` was asked for. */
export interface RunRequest {
  /** One seed, told in full; undefined: many. */
  readonly seed: number | undefined;
  /** The first of many; undefined: drawn. */
  readonly from: number | undefined;
  readonly seeds: number;
  /** Goes on with further seeds for this long instead. */
  readonly minutes: number | undefined;
  readonly faults: ReadonlySet<number> | undefined;
  readonly eventsMax: number | undefined;
  /** In how many regions every cluster lives; undefined: one. */
  readonly regions: number | undefined;
  readonly isTraced: boolean;
  readonly isJson: boolean;
  readonly jobs: number | undefined;
  /** The deliberate defect that is switched on. */
  readonly mutant: string | undefined;
  /** Runs every mutant until a seed fails. */
  readonly killsMutants: boolean;
}

const SEEDS = 100;
const SEEDS_OF_MUTANT = 300;

const USAGE = `npm run sim -- [options]

  --seed N       runs one seed and tells everything that it drew
  --trace        with --seed: tells everything that happens
  --faults 1,2   with --seed: only these of its faults take place (none: --faults '')
  --events N     with --seed: at most N events a producer
  --regions 2    every cluster lives in two regions, with a witness
  --seeds N      runs N seeds (default 100), beginning with one that is drawn and printed
  --from N       begins with this one
  --minutes N    runs seeds for N minutes instead
  --jobs N       processes at a time (default: one for each core)
  --mutant NAME  with a deliberate defect
  --mutants      runs each deliberate defect (or that of --mutant) until a seed fails, at most
                 --seeds (default 300) for each, beginning with seed 1 or --from
  --json         prints one JSON document for each seed and one for the whole
`;

/** @throws FeedmillError USAGE */
export function parseRunRequest(argv: readonly string[]): RunRequest {
  const { values } = parsed(argv);
  const seeds = numberOf('seeds', values.seeds);
  return {
    seed: numberOf('seed', values.seed),
    from: numberOf('from', values.from),
    seeds: seeds ?? (values.mutants === true ? SEEDS_OF_MUTANT : SEEDS),
    minutes: numberOf('minutes', values.minutes),
    faults: values.faults === undefined ? undefined : new Set(idsOf(values.faults)),
    eventsMax: numberOf('events', values.events),
    regions: numberOf('regions', values.regions),
    isTraced: values.trace ?? false,
    isJson: values.json ?? false,
    jobs: numberOf('jobs', values.jobs),
    mutant: values.mutant,
    killsMutants: values.mutants ?? false,
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        seed: { type: 'string' },
        from: { type: 'string' },
        seeds: { type: 'string' },
        minutes: { type: 'string' },
        faults: { type: 'string' },
        events: { type: 'string' },
        regions: { type: 'string' },
        jobs: { type: 'string' },
        mutant: { type: 'string' },
        mutants: { type: 'boolean' },
        trace: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new FeedmillError('USAGE', `${FeedmillError.from(error).message}\n\n${USAGE}`);
  }
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new FeedmillError('USAGE', `--${name} is '${text}'; a whole number is expected.`);
}

function idsOf(text: string): number[] {
  return text === '' ? [] : text.split(',').map((id) => numberOf('faults', id) ?? 0);
}
