import { FeedmillError } from '@feedmill/core/errors';
import { LatencyHistogram } from '@feedmill/producer/sdk/latency-histogram';
import { selectAllProducers } from '@feedmill/store/queries/progress';
import type { Command } from 'commander';
import { type CommandContext, makeReporter, writeJson, writeLines } from '../command-context.ts';
import { withConnection } from '../folder-database.ts';
import type { ReferenceFile } from '../reference/load-reference.ts';
import { RunProgressMeter } from '../status-block/run-progress.ts';
import { CommitCount } from '../supervisor/commit-count.ts';
import { checkEnding, checkSources, declareSources } from '../supervisor/declared-source.ts';
import type { SessionPhase } from '../supervisor/folder-session.ts';
import { runSession } from '../supervisor/session.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { countTables } from '../table-counts.ts';
import {
  absoluteDir,
  addFolderOptions,
  bookDeltasOption,
  type FolderOptions,
  loadOption,
  postgresOption,
  shardsOption,
  sourceOption,
  speedOption,
  workerFlags,
} from './common-options.ts';
import { type RunResult, runResultLines } from './run-result.ts';
import { unfinishedText } from './unfinished-text.ts';

/** More workers than cores and sources only take memory; the user may say otherwise. */
const DEFAULT_SHARDS_MAX = 4;

interface RunOptions extends FolderOptions {
  readonly source: readonly string[];
  readonly speed?: number;
  readonly shards?: number;
  readonly postgres?: string;
  readonly storeBookDeltas?: true;
  readonly load?: readonly ReferenceFile[];
}

export function addRunCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('run')
    .summary('run sources to their end, then stop')
    .description(
      'Runs the sources until each is exhausted and all of it is committed, then stops ' +
        'everything and says what came of it. Broken off and started again, it goes on.',
    )
    .addOption(sourceOption().makeOptionMandatory())
    .addOption(speedOption())
    .addOption(shardsOption().default(undefined, 'as the folder has, else one a source, at most 4'))
    .addOption(postgresOption())
    .addOption(bookDeltasOption())
    .addOption(loadOption());
  addFolderOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ feedmill run --source capture:gemini-csv:day1.csv,day2.csv --speed 0
  $ feedmill run --source 'simulated:test?events=100000&seed=7' --speed 0 --json
  $ feedmill run --source capture:binance:btcusdt.gz --source capture:binance:ethusdt.gz`,
    )
    .action((options: RunOptions) => run(options, context));
}

async function run(options: RunOptions, context: CommandContext): Promise<void> {
  const { clock } = context;
  const dir = absoluteDir(options);
  const sources = declareSources(options.source, options.speed);
  checkEnding(sources);
  await checkSources(sources);
  const reporter = makeReporter(context, context.stderr);
  const meter = new RunProgressMeter();
  const commits = new CommitCount();
  let untilMs = 0;
  const ask = options.shards;
  const result = await runSession(
    {
      command: 'run',
      dir,
      sources,
      shardCount: (before) => ask ?? before ?? Math.min(sources.length, DEFAULT_SHARDS_MAX),
      postgresUrl: options.postgres,
      workerFlags: workerFlags(options),
      references: options.load ?? [],
      hasGateway: false,
    },
    context,
    reporter,
    {
      show(supervisor, phase) {
        commits.since(supervisor);
        const progress = meter.advance(clock.monotonicMs(), advances(supervisor));
        const isStarting = phase === 'starting';
        reporter.show({ rows: supervisor.rows(), progress, isStarting, footer: footers[phase] });
      },
      async running(supervisor) {
        while (!supervisor.connectors.every((connector) => connector.isDone)) {
          if (supervisor.failure !== undefined) throw supervisor.failure;
          await supervisor.changed();
        }
        untilMs = clock.monotonicMs();
        // The worker's last word on duplicates and gaps, for the block that stays.
        await supervisor.refresh();
      },
      async drained(supervisor, { isInterrupted, unfinished }) {
        if (isInterrupted) {
          throw new FeedmillError(
            'SOURCE_FAILED',
            'Stopped before the end; the same command goes on from here.',
          );
        }
        if (unfinished.length > 0) {
          throw new FeedmillError('WORKER_UNAVAILABLE', unfinishedText(unfinished));
        }
        const seconds = (untilMs - (supervisor.sendingSinceMs ?? untilMs)) / 1000;
        return await resultOf(supervisor, commits.since(supervisor), seconds);
      },
    },
  );
  if (options.json === true) writeJson(context, result);
  else writeLines(context, runResultLines(result));
}

const footers: Readonly<Record<SessionPhase, string>> = {
  starting: 'Starting.',
  running: 'Ctrl-C stops; the same command goes on.',
  stopping: 'Stopping.',
  stopped: '',
};

const advances = (supervisor: Supervisor) =>
  supervisor.connectors.map(({ report, isDone }) => ({
    fraction: report?.fraction ?? undefined,
    sent: report?.sent ?? 0,
    committed: report?.committed ?? 0,
    isDone,
  }));

async function resultOf(
  supervisor: Supervisor,
  events: number,
  seconds: number,
): Promise<RunResult> {
  const latencies = new LatencyHistogram();
  for (const { report } of supervisor.connectors) {
    latencies.addPairs(report?.histograms?.committed ?? []);
  }
  const url = supervisor.postgresUrl as string;
  const { tables, producers } = await withConnection(url, 'run', async (database) => ({
    tables: await countTables(database),
    producers: await selectAllProducers(database),
  }));
  const sources = supervisor.connectors.map(({ source: { producer }, report }) => {
    const record = producers.find(({ name }) => name === producer);
    return {
      producer,
      shard: supervisor.shardOf(producer) ?? 0,
      sent: report?.sent ?? 0,
      durable: report?.durable ?? 0,
      committed: record?.lastSequence ?? 0,
      duplicates: record?.duplicateEvents ?? 0,
      gaps: record?.gaps ?? 0,
      deadLetters: record?.deadLetters ?? 0,
      problems: report?.problems ?? {},
    };
  });
  return {
    sources,
    tables,
    events,
    seconds: round(seconds),
    eventsPerSecond: Math.round(events / seconds),
    latencyMs: {
      p50: round(latencies.percentileMs(0.5)),
      p99: round(latencies.percentileMs(0.99)),
    },
  };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
