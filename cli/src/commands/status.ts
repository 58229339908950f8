import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { FeedmillError } from '@feedmill/core/errors';
import { countText, durationText, lagText } from '@feedmill/core/number-text';
import { hostOf } from '@feedmill/store/connection/connect';
import type { Command } from 'commander';
import { type CommandContext, writeJson, writeLines } from '../command-context.ts';
import { readLocalState } from '../local-state.ts';
import { type PairStanding, pairStanding, standingText } from '../regions/pair-standing.ts';
import { type RegionFolder, regionFolders } from '../regions/region-folders.ts';
import type { Side } from '../regions/side.ts';
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
  const folders = await regionFolders(dir);
  if (folders !== undefined) {
    await statusOfRegions(folders, options, context);
    return;
  }
  const document = await statusOf(dir, state, context);
  if (options.json === true) writeJson(context, document);
  else writeLines(context, statusLines(document, context));
}

/** Each region as it would be alone, after a line about both. */
async function statusOfRegions(
  folders: readonly RegionFolder[],
  { json }: FolderOptions,
  context: CommandContext,
): Promise<void> {
  const regions: Record<string, StatusDocument> = {};
  for (const { name, dir } of folders) {
    const state = await readLocalState(dir);
    if (state !== undefined) regions[name] = await statusOf(dir, state, context);
  }
  const standing = documentStanding(regions);
  if (json === true) {
    const primary = standing.kind === 'unsettled' ? null : standing.primary;
    writeJson(context, { primary, isInSync: standing.kind === 'in-sync', regions });
    return;
  }
  writeLines(context, [
    standingText(standing),
    ...Object.entries(regions).flatMap(([name, document]) => [
      '',
      `Region ${name}`,
      ...statusLines(document, context),
    ]),
  ]);
}

function documentStanding(regions: Readonly<Record<string, StatusDocument>>): PairStanding {
  const of = (side: Side, at: number): ShardSnapshot | undefined => {
    const found = regions[side]?.shards.find(({ shard }) => shard === at);
    return found && { ...found, producers: [] };
  };
  const shards = new Set(
    Object.values(regions).flatMap((document) => document.shards.map(({ shard }) => shard)),
  );
  return pairStanding(
    [...shards].map((shard) => ({ shard, east: of('east', shard), west: of('west', shard) })),
  );
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

/** Only where a shard lives in two regions. */
const ROLE_COLUMN = { title: 'ROLE', align: 'left' } as const;

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
    ...(shard.region === undefined ? [] : [shard.region.role]),
  ]);
  const hasRoles = shards.some(({ region }) => region !== undefined);
  const columns = hasRoles ? [...SHARD_COLUMNS, ROLE_COLUMN] : SHARD_COLUMNS;
  const host = postgres === null ? 'not up yet' : hostOf(postgres);
  return [
    `feedmill ${command} has been ${state} for ${durationText((upSeconds ?? 0) * 1000)} ` +
      `(process ${pid}), Postgres ${host}, folder ${dir}`,
    ...(api === null ? [] : [`API and console: ${api}`]),
    '',
    ...feedLines,
    '',
    ...tableLines(columns, rows),
  ];
}
