import type { Clock } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { durationText, plural, secondsText } from '@feedmill/core/number-text';
import { FetchClient } from '@feedmill/producer/net/adapters/fetch-client';
import { type Command, Option } from 'commander';
import { type CommandContext, makeReporter, writeJson } from '../command-context.ts';
import { LIMITS } from '../limits.ts';
import type { ReferenceFile } from '../reference/load-reference.ts';
import { CommitCount } from '../supervisor/commit-count.ts';
import { checkSources, DEFAULT_SOURCE, declareSources } from '../supervisor/declared-source.ts';
import { checkInternet, type LiveVenue } from '../supervisor/live-venues.ts';
import { runSession, type SessionPhase } from '../supervisor/session.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
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
import { unfinishedText } from './unfinished-text.ts';

const DEFAULT_SHARDS = 4;

interface UpOptions extends FolderOptions {
  readonly shards: number;
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
    .addOption(shardsOption().default(DEFAULT_SHARDS))
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
  $ feedmill up --source 'simulated:market?rate=5000' --source push:my-desk
  $ feedmill up --shards 2 --source capture:gemini-csv:trades.csv --dir /tmp/eth
  $ feedmill up --postgres postgres://me:secret@db.example/ticks`,
    )
    .action((options: UpOptions) => up(options, context));
}

async function up(options: UpOptions, context: CommandContext): Promise<void> {
  const { clock } = context;
  const isJson = options.json === true;
  const stream = isJson ? context.stderr : context.stdout;
  const dir = absoluteDir(options);
  const venues = options.live ?? [];
  const given = [...venues.map(({ source }) => source), ...(options.source ?? [])];
  const sources = declareSources(given.length > 0 ? given : [DEFAULT_SOURCE], undefined);
  await checkSources(sources);
  await checkInternet(venues, new FetchClient(), new AbortController().signal);
  const reporter = makeReporter(context, stream);
  const commits = new CommitCount();
  const startedMs = clock.monotonicMs();
  const footerOf = (phase: SessionPhase): string => {
    switch (phase) {
      case 'starting':
        return 'Starting.';
      case 'running':
        return `Up ${durationText(clock.monotonicMs() - startedMs)}. Ctrl-C drains and stops.`;
      case 'stopping':
        return 'Stopping: first what is acknowledged gets committed. Ctrl-C again forces.';
      case 'stopped':
        return '';
    }
  };

  const session = {
    command: 'up',
    dir,
    sources,
    shardCount: () => options.shards,
    postgresUrl: options.postgres,
    workerFlags: workerFlags(options),
    references: options.load ?? [],
    hasGateway: options.gateway,
  };
  let isConsoleShown = false;
  await runSession(session, context, reporter, {
    show(supervisor, phase) {
      if (commits.isFirst(supervisor)) {
        const took = secondsText(context.sinceStartMs());
        reporter.note(`First row committed ${took} after the command.`);
      }
      if (!isConsoleShown && supervisor.frontDoor?.url !== undefined) {
        isConsoleShown = true;
        reporter.note(consoleLine(supervisor, dir, stream.isTTY));
      }
      reporter.show({
        rows: supervisor.rows(),
        progress: undefined,
        isStarting: phase === 'starting',
        footer: footerOf(phase),
      });
    },
    async running(supervisor) {
      if (isJson && options.gateway) await frontDoorOpen(supervisor, clock);
      const addresses = addressesOf(supervisor, dir);
      if (isJson) writeJson(context, addresses);
      for (const line of addressLines(addresses, stream.isTTY)) reporter.note(line);
      // One failed shard does not stop the others; none left is the end.
      while (!supervisor.workers.every((worker) => worker.failure)) await supervisor.changed();
      throw FeedmillError.from(supervisor.failure);
    },
    async drained(supervisor, { unfinished }) {
      const committed = plural(commits.since(supervisor), 'event');
      const took = durationText(clock.monotonicMs() - startedMs);
      reporter.note(`Stopped after ${took}: ${committed} committed. The same command goes on.`);
      if (unfinished.length === 0) return;
      reporter.warn(unfinishedText(unfinished));
      context.setExitCode(1);
    },
  });
}

/** Resolves once the API answers, or will not any more. */
async function frontDoorOpen(supervisor: Supervisor, clock: Clock): Promise<void> {
  const deadlineMs = clock.monotonicMs() + LIMITS.gatewayReadyMs;
  const isSettled = (): boolean =>
    supervisor.frontDoor?.url !== undefined || supervisor.frontDoor?.hasFailed === true;
  while (!isSettled() && clock.monotonicMs() < deadlineMs) await supervisor.changed();
}
