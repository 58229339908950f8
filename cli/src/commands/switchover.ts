import { FeedmillError } from '@feedmill/core/errors';
import { plural } from '@feedmill/core/number-text';
import { type Command, Option } from 'commander';
import { type CommandContext, writeJson, writeLines } from '../command-context.ts';
import { type MovedShard, moveShard } from '../regions/move-shard.ts';
import { regionFolders, workerAddresses } from '../regions/region-folders.ts';
import {
  absoluteDir,
  addFolderOptions,
  type FolderOptions,
  workerOption,
} from './common-options.ts';

const EXIT_WRONG = 1;

interface SwitchoverOptions extends FolderOptions {
  readonly to: string;
  readonly force?: true;
  readonly worker?: readonly string[];
}

export function addSwitchoverCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('switchover')
    .summary('hand shards over to the other region')
    .description(
      'Hands every shard of the folder, or of the given workers, over to a region, as planned: ' +
        'producers wait until both regions hold everything, and go on there. A shard whose ' +
        'follower is not in sync stays where it is. Exit code 1 if one does.',
    )
    .addOption(new Option('--to <region>', 'region that shall accept events').makeOptionMandatory())
    .addOption(
      new Option('--force', 'although the region is not in sync, or the other one does not answer'),
    )
    .addOption(workerOption());
  addFolderOptions(command)
    .addHelpText(
      'after',
      `
Without --worker the folder is that of \`feedmill up --regions 2\`. With it, give the workers of the
region that is primary now, or those of both; with --force those of the region that shall be
primary.

With --force whatever only the other region has is given up, what was acknowledged, too. When it
comes back it says so and does not follow; \`feedmill rebuild\` sets its rows aside and lets it.

Examples:
  $ feedmill switchover --to west
  $ feedmill switchover --to west --worker 10.0.0.7:7400 --worker 10.0.0.8:7400`,
    )
    .action((options: SwitchoverOptions) => switchover(options, context));
}

async function switchover(options: SwitchoverOptions, context: CommandContext): Promise<void> {
  const { to, force } = options;
  const addresses =
    options.worker ?? (await folderWorkers(absoluteDir(options), to, force === true));
  const moved = (
    await Promise.all(
      addresses.map((address) => moveShard(address, to, force === true, context.clock)),
    )
  ).filter((each) => each !== undefined);
  if (moved.length === 0) {
    throw new FeedmillError(
      'WORKER_UNAVAILABLE',
      `None of the ${plural(addresses.length, 'worker')} can hand its shard over to ${to}; ` +
        '`feedmill status` says how they stand.',
    );
  }
  const ok = moved.every(({ fault }) => fault === undefined);
  if (options.json === true) writeJson(context, { ok, shards: moved });
  else {
    writeLines(context, [
      ...moved.map(shardText),
      ok
        ? `${plural(moved.length, 'shard')} in ${options.to}.`
        : 'Not every shard could be handed over; those go on where they are.',
    ]);
  }
  if (!ok) context.setExitCode(EXIT_WRONG);
}

/** @throws FeedmillError USAGE where the folder does not hold that region */
async function folderWorkers(
  dir: string,
  to: string,
  isForced: boolean,
): Promise<readonly string[]> {
  const folders = await regionFolders(dir);
  if (folders?.some(({ name }) => name === to) === true) {
    // By force the other region need not answer.
    const asked = folders.filter(({ name }) => !isForced || name === to);
    return (await Promise.all(asked.map(workerAddresses))).flat();
  }
  const names = folders?.map(({ name }) => name).join(' and ');
  throw new FeedmillError(
    'USAGE',
    names === undefined
      ? `${dir} does not hold two regions; name their workers with --worker, or another --dir.`
      : `${dir} holds the regions ${names}; ${to} is neither.`,
  );
}

const shardText = ({ shard, primary, epoch, fault, tookMs }: MovedShard): string =>
  fault === undefined
    ? `Shard ${shard}: ${primary} is primary, epoch ${epoch} (${tookMs} ms).`
    : `Shard ${shard} stays in ${primary}: ${fault}`;
