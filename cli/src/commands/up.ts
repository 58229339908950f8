import { FeedmillError } from '@feedmill/core/errors';
import { FetchClient } from '@feedmill/producer/net/adapters/fetch-client';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, makeReporter, writeJson } from '../command-context.ts';
import { readLocalState } from '../local-state.ts';
import type { ReferenceFile } from '../reference/load-reference.ts';
import { checkSources, DEFAULT_SOURCE, declareSources } from '../supervisor/declared-source.ts';
import { checkInternet, type LiveVenue } from '../supervisor/live-venues.ts';
import { runSession } from '../supervisor/session.ts';
import { addressesOf, addressLines, consoleLine } from './addresses.ts';
import {
  absoluteDir,
  addFolderOptions,
  bookDeltasOption,
  type FolderOptions,
  liveOption,
  loadOption,
  postgresOption,
  shardsOption,
  sourceOption,
  workerFlags,
} from './common-options.ts';
import { frontDoorOpen, UpDisplay, type UpPlan } from './up-display.ts';
import { upRegions } from './up-regions.ts';

const DEFAULT_SHARDS = 4;

interface UpOptions extends FolderOptions {
  readonly shards?: number;
  readonly regions?: number;
  readonly source?: readonly string[];
  readonly live?: readonly LiveVenue[];
  readonly postgres?: string;
  readonly storeBookDeltas?: true;
  readonly load?: readonly ReferenceFile[];
  readonly gateway: boolean;
}

export function addUpCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('up')
    .summary('run everything in the foreground until Ctrl-C')
    .description(
      'Runs Postgres, the workers and the sources in the foreground. Ctrl-C stops the sources, ' +
        'commits everything that was acknowledged and ends; starting again goes on. The API and ' +
        'the console are served on this machine.',
    )
    .addOption(shardsOption().default(undefined, '4; of two regions 2 in each'))
    .addOption(regionsOption())
    .addOption(sourceOption())
    .addOption(liveOption())
    .addOption(postgresOption())
    .addOption(bookDeltasOption())
    .addOption(loadOption())
    .addOption(new Option('--no-gateway', 'serve no API and no console'));
  addFolderOptions(command)
    .addHelpText(
      'after',
      `
Without --source and --live the simulated market runs (${DEFAULT_SOURCE}).

Examples:
  $ feedmill up
  $ feedmill up --live coinbase,kraken
  $ feedmill up --regions 2
  $ feedmill up --source 'simulated:market?rate=5000' --source push:my-desk
  $ feedmill up --shards 2 --source capture:gemini-csv:trades.csv --dir /tmp/eth
  $ feedmill up --postgres postgres://me:secret@db.example/ticks`,
    )
    .action((options: UpOptions) => up(options, context));
}

async function up(options: UpOptions, context: CommandContext): Promise<void> {
  const dir = absoluteDir(options);
  const venues = options.live ?? [];
  const given = [...venues.map(({ source }) => source), ...(options.source ?? [])];
  const sources = declareSources(given.length > 0 ? given : [DEFAULT_SOURCE], undefined);
  await checkSources(sources);
  await checkInternet(venues, new FetchClient(), new AbortController().signal);
  const plan: UpPlan = {
    dir,
    sources,
    shards: options.shards,
    references: options.load ?? [],
    hasGateway: options.gateway,
    workerFlags: workerFlags(options),
    isJson: options.json === true,
  };
  const regions = options.regions ?? (await readLocalState(dir))?.regions?.length ?? 1;
  if (regions === 1) {
    await upRegion(plan, options.postgres, context);
    return;
  }
  if (options.postgres !== undefined) {
    throw new FeedmillError(
      'USAGE',
      'Two regions on one machine each have an embedded Postgres: leave --postgres away.',
    );
  }
  await upRegions(plan, context);
}

async function upRegion(
  plan: UpPlan,
  postgresUrl: string | undefined,
  context: CommandContext,
): Promise<void> {
  const { dir, isJson, hasGateway } = plan;
  const stream = isJson ? context.stderr : context.stdout;
  const reporter = makeReporter(context, stream);
  const display = new UpDisplay(context, reporter);
  const session = {
    ...plan,
    command: 'up',
    shardCount: () => plan.shards ?? DEFAULT_SHARDS,
    postgresUrl,
  };
  let isConsoleShown = false;
  await runSession(session, context, reporter, {
    show(supervisor, phase) {
      if (!isConsoleShown && supervisor.frontDoor?.url !== undefined) {
        isConsoleShown = true;
        reporter.note(consoleLine(supervisor, dir, stream.isTTY));
      }
      display.show(supervisor, phase);
    },
    async running(supervisor) {
      if (isJson && hasGateway) await frontDoorOpen(supervisor, context.clock);
      const addresses = addressesOf(supervisor, dir);
      if (isJson) writeJson(context, addresses);
      for (const line of addressLines(addresses, stream.isTTY)) reporter.note(line);
      // One failed shard does not stop the others; none left is the end.
      while (!supervisor.workers.every((worker) => worker.failure)) await supervisor.changed();
      throw FeedmillError.from(supervisor.failure);
    },
    async drained(supervisor, outcome) {
      display.stopped(supervisor, outcome);
    },
  });
}

const regionsOption = (): Option =>
  new Option('--regions <n>', '1, or 2: two regions and their witness on this machine')
    .default(undefined, 'as the folder has, else 1')
    .argParser((text) => {
      if (text === '1' || text === '2') return Number(text);
      throw new InvalidArgumentError('It must be 1 or 2.');
    });
