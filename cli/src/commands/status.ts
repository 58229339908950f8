import { FeedmillError } from '@feedmill/core/errors';
import { countText, durationText, lagText } from '@feedmill/core/number-text';
import { hostOf } from '@feedmill/store/connection/connect';
import type { Command } from 'commander';
import { type CommandContext, writeJson, writeLines } from '../command-context.ts';
import { readLocalState } from '../local-state.ts';
import { blockLines } from '../status-block/block-lines.ts';
import { choosePalette } from '../status-block/palette.ts';
import { tableLines } from '../text-table.ts';
import { absoluteDir, addFolderOptions, type FolderOptions } from './common-options.ts';
import { type StatusDocument, statusOf } from './status-document.ts';

export function addStatusCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('status')
    .summary('say what runs in the folder, and how far it is')
    .description(
      'Says what runs in the folder: shards with their addresses, feeds with rate, durable and ' +
        'committed sequence, lag and gaps. Says so, too, when nothing runs.',
    );
  addFolderOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ feedmill status
  $ feedmill status --json --dir /tmp/eth
  $ psql "$(feedmill status --json | jq -r .postgres)"`,
    )
    .action((options: FolderOptions) => status(options, context));
}

async function status(options: FolderOptions, context: CommandContext): Promise<void> {
  const dir = absoluteDir(options);
  const state = await readLocalState(dir);
  if (state === undefined) {
    throw new FeedmillError(
      'NOT_RUNNING',
      `There is no Feedmill in ${dir}; name its folder with --dir, or start one with ` +
        '`feedmill up`.',
    );
  }
  const document = await statusOf(dir, state, context);
  if (options.json === true) writeJson(context, document);
  else writeLines(context, statusLines(document, context));
}

const SHARD_COLUMNS = [
  { title: 'SHARD', align: 'right' },
  { title: 'LEVEL', align: 'left' },
  { title: 'EPOCH', align: 'right' },
  { title: 'JOURNAL', align: 'right' },
  { title: 'LAG', align: 'right' },
  { title: 'GRPC', align: 'left' },
  { title: 'METRICS', align: 'left' },
] as const;

const BYTES_PER_MIB = 1024 * 1024;

function statusLines(document: StatusDocument, { stdout, env }: CommandContext): string[] {
  const { state, dir, command, pid, upSeconds, postgres, api, shards, feeds } = document;
  const size = { columns: stdout.columns ?? Infinity, rows: Infinity };
  const palette = choosePalette(stdout.isTTY, env);
  const view = { rows: feeds, progress: undefined, isStarting: false, footer: '' };
  const feedLines = blockLines(view, size, palette);
  if (state === 'stopped') {
    const end = document.stopped === null ? 'Killed' : `Stopped ${document.stopped}`;
    return [
      `${end}; feedmill ${command} started ${document.started}, folder ${dir}. ` +
        'The next start goes on.',
      '',
      ...feedLines,
    ];
  }
  const rows = shards.map((shard) => [
    String(shard.shard),
    shard.level,
    String(shard.epoch),
    `${countText(shard.journalBytes / BYTES_PER_MIB)} MiB`,
    lagText(shard.lagMs),
    shard.grpc,
    shard.metrics,
  ]);
  const host = postgres === null ? 'not up yet' : hostOf(postgres);
  return [
    `feedmill ${command} has been ${state} for ${durationText((upSeconds ?? 0) * 1000)} ` +
      `(process ${pid}), Postgres ${host}, folder ${dir}`,
    ...(api === null ? [] : [`API and console: ${api}`]),
    '',
    ...feedLines,
    '',
    ...tableLines(SHARD_COLUMNS, rows),
  ];
}
