import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { FeedmillError } from '@feedmill/core/errors';
import { countText } from '@feedmill/core/number-text';
import { makeTemporaryFolder } from '@feedmill/store/embedded/temporary-folder';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, makeReporter, writeJson, writeLines } from '../command-context.ts';
import { DRILL_KINDS, type DrillProgram, isDrillProgram, SOAK } from '../drill/drill-kinds.ts';
import { feedName } from '../drill/drill-load.ts';
import { type DrillRepetition, DrillRun } from '../drill/drill-run.ts';
import type { DrillScene } from '../drill/drill-scene.ts';
import { type DrillSummary, type Spread, summarize } from '../drill/drill-summary.ts';
import { keepReport, reportOf } from '../drill/kept-report.ts';
import { KindScene } from '../drill/kind-scene.ts';
import { LocalScene } from '../drill/local-scene.ts';
import { LIMITS } from '../limits.ts';
import { StopSignals } from '../stop-signals.ts';
import { declareSources } from '../supervisor/declared-source.ts';
import type { ProcessDeps } from '../supervisor/process-deps.ts';
import { tableLines } from '../text-table.ts';
import { DEFAULT_DIR, jsonOption, shardsOption } from './common-options.ts';

const NANOS_PER_MS = 1_000_000n;
const MS_PER_MINUTE = 60_000;
const EXIT_WRONG = 1;
const EXIT_FORCED = 130;

interface DrillCommandOptions {
  readonly count?: number;
  readonly minutes?: number;
  readonly seed?: number;
  readonly kind?: string | true;
  readonly feeds: number;
  readonly rate: number;
  readonly shards: number;
  readonly delayMs: number;
  readonly holdMs?: number;
  readonly dir?: string;
  readonly reportDir?: string;
  readonly json?: true;
}

export function addDrillCommand(program: Command, context: CommandContext): void {
  const kinds = Object.entries(DRILL_KINDS).map(
    ([name, { summary }]) => `  ${name.padEnd(14)} ${summary}`,
  );
  kinds.push(`  ${SOAK.padEnd(14)} one of these after another, for as long as chance has it`);
  program
    .command('drill')
    .argument('<kind>', [...Object.keys(DRILL_KINDS), SOAK].join(', '))
    .summary('try out what two regions do when something fails')
    .description(
      'Starts two regions and a witness in a new folder, sends events, lets something fail and ' +
        'heals it, and says how long acknowledgements and rows stood still, and whether anything ' +
        'was lost or doubled. Exit code 1 if so.',
    )
    .addOption(number('--count <n>', 'repetitions; 1 without --minutes', 1, 10_000))
    .addOption(number('--minutes <n>', 'begin further ones for so long', 1, 10_000))
    .addOption(number('--seed <n>', 'what a soak draws from; chosen by chance', 0, 2 ** 32 - 1))
    .addOption(number('--feeds <n>', 'producers', 1, 64).default(8))
    .addOption(number('--rate <n>', 'events a second, all together', 1, 1_000_000).default(20_000))
    .addOption(shardsOption().default(1))
    .addOption(number('--delay-ms <n>', 'delay between the regions, each way', 0, 5_000).default(0))
    .addOption(number('--hold-ms <n>', 'how long it lasts before it is healed', 0, 3_600_000))
    .addOption(new Option('--dir <path>', 'keep everything in this new folder'))
    .addOption(
      new Option(
        '--report-dir <path>',
        `Feedmill's folder that keeps the report for the console; ${DEFAULT_DIR} where it is there`,
      ).env('FEEDMILL_DIR'),
    )
    .addOption(
      new Option(
        '--kind [name]',
        'in the kind clusters of kind/up --regions 2, of this name (default: "feedmill")',
      ).conflicts(['shards', 'delayMs']),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Kinds:
${kinds.join('\n')}

Examples:
  $ feedmill drill region-loss
  $ feedmill drill switchover --count 50 --json
  $ feedmill drill partition --delay-ms 20
  $ feedmill drill soak --minutes 30
  $ feedmill drill region-loss --kind --count 10`,
    )
    .action((kind: string, options: DrillCommandOptions) => drill(kind, options, context));
}

async function drill(
  kind: string,
  options: DrillCommandOptions,
  context: CommandContext,
): Promise<void> {
  if (!isDrillProgram(kind)) {
    const all = [...Object.keys(DRILL_KINDS), SOAK].join(', ');
    throw new FeedmillError('USAGE', `There is no drill '${kind}'; choose one of ${all}.`);
  }
  const dir = path.resolve(options.dir ?? (await makeTemporaryFolder('feedmill-drill-')));
  const reportDir = await reportFolder(options);
  const startedMs = Number(context.clock.wallNanos() / NANOS_PER_MS);
  const repetitions: DrillRepetition[] = [];
  const keep = async (why?: string): Promise<void> => {
    if (reportDir === undefined) return;
    const end = { name: kind, startedMs, summary: summarize(repetitions), why };
    try {
      await keepReport(reportDir, reportOf(end, process.pid));
    } catch (error) {
      // What the drill itself came to is worth more, and is said in any case.
      const { message } = FeedmillError.from(error);
      context.stderr.write(`No report is kept in ${reportDir}: ${message}\n`);
    }
  };
  try {
    await runDrill(kind, dir, options, context, repetitions);
  } catch (error) {
    await keep(FeedmillError.from(error).message);
    throw error;
  } finally {
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
  }
  // One that was stopped before anything came of it says nothing.
  if (repetitions.length > 0) await keep();
  const summary = summarize(repetitions);
  if (options.json === true) writeJson(context, { drill: kind, ...summary, each: repetitions });
  else writeLines(context, summaryLines(repetitions, summary));
  if (!summary.ok) context.setExitCode(EXIT_WRONG);
}

/** Where nobody has Feedmill's folder, a drill does not make one unasked. */
async function reportFolder({ reportDir }: DrillCommandOptions): Promise<string | undefined> {
  if (reportDir !== undefined) return path.resolve(reportDir);
  const isThere = await stat(DEFAULT_DIR).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isThere ? path.resolve(DEFAULT_DIR) : undefined;
}

async function runDrill(
  name: DrillProgram,
  dir: string,
  options: DrillCommandOptions,
  context: CommandContext,
  repetitions: DrillRepetition[],
): Promise<void> {
  const { feeds, rate, minutes, holdMs } = options;
  const { clock, random } = context;
  const reporter = makeReporter(context, context.stderr);
  const stop = new StopSignals(context.signals, () => context.exit(EXIT_FORCED));
  const seed = options.seed ?? Math.floor(random() * 2 ** 32);
  const count = options.count ?? (minutes === undefined ? 1 : LIMITS.soakRepetitions);
  const lastingMs = (minutes ?? Number.POSITIVE_INFINITY) * MS_PER_MINUTE;
  if (name === SOAK) reporter.note(`Seed ${seed}`);
  // Only what a drill breaks is said by its children, and that is known.
  const quiet = { ...reporter, note: () => undefined, warn: () => undefined };
  const scene = await sceneOf(dir, options, { clock, random, reporter: quiet });
  const run = new DrillRun(
    { name, seed, count, lastingMs, feeds, rate, holdMs, dir },
    scene,
    clock,
    stop.signal,
  );
  try {
    await run.run((repetition) => {
      repetitions.push(repetition);
      const of = options.count === undefined && minutes !== undefined ? '' : ` of ${count}`;
      reporter.note(`${repetition.repetition}${of}: ${repetitionText(repetition)}`);
    });
  } catch (error) {
    // Stopped by its user: what was done until then is reported.
    if (!stop.signal.aborted) throw error;
  } finally {
    await run.close();
    reporter.close();
    stop.dispose();
  }
}

async function sceneOf(
  dir: string,
  { kind, feeds, shards, delayMs }: DrillCommandOptions,
  deps: ProcessDeps,
): Promise<DrillScene> {
  if (kind !== undefined) {
    return await KindScene.find({ name: kind === true ? 'feedmill' : kind, feeds });
  }
  const names = Array.from({ length: feeds }, (_, index) => `push:${feedName(index)}`);
  return await LocalScene.prepare(
    {
      command: 'drill',
      dir,
      shardCount: shards,
      sources: declareSources(names, undefined),
      references: [],
      hasGateway: false,
      workerFlags: [],
      delayMs,
    },
    deps,
  );
}

const ms = (value: number): string => `${Math.round(value)} ms`;

const repetitionText = (each: DrillRepetition): string =>
  `${each.drill}, ${each.from} -> ${each.to}, acks stood still for ${ms(each.streamRtoMs)}, rows ` +
  `for ${ms(each.storeRtoMs)}; ${countText(each.lost)} lost, ` +
  `${countText(each.doubled)} doubled, hashes ${each.areHashesEqual ? 'equal' : 'DIFFER'}`;

const COLUMNS = [
  { title: '', align: 'left' },
  { title: 'P50', align: 'right' },
  { title: 'P99', align: 'right' },
  { title: 'MAX', align: 'right' },
] as const;

function summaryLines(repetitions: readonly DrillRepetition[], summary: DrillSummary): string[] {
  const row = (title: string, { p50, p99, max }: Spread): string[] => [
    title,
    ...[p50, p99, max].map(ms),
  ];
  return [
    ...tableLines(COLUMNS, [
      row('acks stood still', summary.streamRtoMs),
      row('rows stood still', summary.storeRtoMs),
    ]),
    '',
    `${repetitions.length} repetitions, ${countText(summary.acknowledged)} events acknowledged: ` +
      `${countText(summary.lost)} lost, ${countText(summary.doubled)} doubled, the regions ` +
      `differed ${summary.unequal} times.`,
  ];
}

function number(flags: string, description: string, min: number, max: number): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  });
}
