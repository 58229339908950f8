import { rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { FeedmillError } from '@feedmill/core/errors';
import { plural } from '@feedmill/core/number-text';
import { copyRows, setRowsAside } from '@feedmill/store/adapters/rebuild-rows';
import { migrate } from '@feedmill/store/migrate/migrate';
import { type Command, Option } from 'commander';
import { type CommandContext, writeJson, writeLines } from '../command-context.ts';
import { type Database, withConnection, withFolderDatabase } from '../folder-database.ts';
import { lockFolder } from '../folder-lock.ts';
import { readLocalState } from '../local-state.ts';
import { type RegionFolder, regionFolders } from '../regions/region-folders.ts';
import { readBindingsRecord } from '../supervisor/bindings-file.ts';
import {
  absoluteDir,
  addFolderOptions,
  type FolderOptions,
  parsePostgresUrl,
} from './common-options.ts';

const NANOS_PER_MS = 1_000_000n;

interface RebuildOptions extends FolderOptions {
  readonly from?: string;
  readonly into?: string;
}

/** What `rebuild --json` says. */
interface RebuildResult {
  readonly tables: number;
  /** Schema of the rebuilt region's database that has its rows of before. */
  readonly rowsAside: string;
  /** Volumes of before; where they are not ours they have to be emptied by their owner. */
  readonly volumesAside: readonly string[];
}

export function addRebuildCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('rebuild')
    .argument('[region]', 'region to rebuild, in the folder of `feedmill up --regions 2`')
    .summary("make a region anew from the other one's rows")
    .description(
      'Sets the rows of a region aside and copies those of the other one, so that it can follow ' +
        'although its journal lacks what the other one no longer has, or went its own way. What ' +
        'was there stays, in a schema and in folders of their own. The workers of the region ' +
        'that is rebuilt must be stopped; start them with empty volumes.',
    )
    .addOption(
      new Option('--from <url>', "the other region's database").argParser(parsePostgresUrl),
    )
    .addOption(
      new Option('--into <url>', 'database of the region to rebuild').argParser(parsePostgresUrl),
    );
  addFolderOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ feedmill rebuild west
  $ feedmill rebuild --from postgres://me:secret@east/t --into postgres://me:secret@west/t`,
    )
    .action((region: string | undefined, options: RebuildOptions) =>
      rebuild(region, options, context),
    );
}

async function rebuild(
  region: string | undefined,
  options: RebuildOptions,
  context: CommandContext,
): Promise<void> {
  const { from, into } = options;
  if (region === undefined && from !== undefined && into !== undefined) {
    if (from === into) throw new FeedmillError('USAGE', '--from and --into are the same database.');
    const result = await withConnection(from, 'rebuild', (source) =>
      withConnection(into, 'rebuild', (target) => copyInto(into, source, target, context)),
    );
    tell({ ...result, volumesAside: [] }, options, context);
    return;
  }
  if (region === undefined || from !== undefined || into !== undefined) {
    throw new FeedmillError(
      'USAGE',
      'Name the region to rebuild, in a folder of two; or give both databases, --from and --into.',
    );
  }
  tell(await rebuildFolder(absoluteDir(options), region, context), options, context);
}

async function rebuildFolder(
  dir: string,
  region: string,
  context: CommandContext,
): Promise<RebuildResult> {
  const folders = await regionFolders(dir);
  const target = folders?.find(({ name }) => name === region);
  const source = folders?.find(({ name }) => name !== region);
  if (target === undefined || source === undefined) {
    throw new FeedmillError('USAGE', `${dir} does not hold two regions of which one is ${region}.`);
  }
  // Nothing may run: both regions' workers know of each other.
  const lock = await lockFolder(dir, 'rebuild', context.clock);
  try {
    const copied = await withFolderDatabase(source.dir, 'rebuild', context, (ours) =>
      withFolderDatabase(target.dir, 'rebuild', context, async (theirs) => {
        const url = (await readLocalState(target.dir))?.postgres?.url ?? '';
        return await copyInto(url, ours, theirs, context);
      }),
    );
    return { ...copied, volumesAside: await setVolumesAside(target, copied.rowsAside) };
  } finally {
    await lock.release();
  }
}

async function copyInto(
  url: string,
  source: Database,
  target: Database,
  { clock, stderr }: CommandContext,
): Promise<Pick<RebuildResult, 'tables' | 'rowsAside'>> {
  const time = new Date(Number(clock.wallNanos() / NANOS_PER_MS)).toISOString();
  const rowsAside = `feedmill_aside_${time.replace(/[^0-9]/g, '').slice(0, 14)}`;
  await setRowsAside(target, rowsAside);
  await migrate(url, { info: () => undefined, warn: () => undefined });
  let tables = 0;
  await copyRows(source, target, rowsAside, (name) => {
    tables += 1;
    stderr.write(`Copying ${name}.\n`);
  });
  return { tables, rowsAside };
}

async function setVolumesAside({ dir }: RegionFolder, suffix: string): Promise<readonly string[]> {
  const aside: string[] = [];
  for (const shard of (await readBindingsRecord(dir))?.shards ?? []) {
    const volume = path.join(dir, `shard-${shard}`);
    if ((await stat(volume).catch(() => undefined)) === undefined) continue;
    const kept = `${volume}.${suffix}`;
    await rename(volume, kept);
    aside.push(kept);
  }
  return aside;
}

function tell(result: RebuildResult, { json }: RebuildOptions, context: CommandContext): void {
  if (json === true) {
    writeJson(context, result);
    return;
  }
  const { tables, rowsAside, volumesAside } = result;
  writeLines(context, [
    `Copied ${plural(tables, 'table')}; what stood there before is in the schema ${rowsAside}.`,
    ...volumesAside.map((volume) => `The volume of before is ${volume}.`),
    volumesAside.length === 0
      ? 'Start the workers of that region with empty volumes: they copy the rest.'
      : 'Start again with `feedmill up`: the region copies the rest.',
  ]);
}
