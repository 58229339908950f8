import { stat } from 'node:fs/promises';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { durationText } from '@feedmill/core/number-text';
import { startEmbeddedPostgres } from '@feedmill/store/embedded/embedded-postgres';
import type { Command } from 'commander';
import { type CommandContext, writeJson, writeLines } from '../command-context.ts';
import { lockFolder, readLockHolder } from '../folder-lock.ts';
import { LIMITS } from '../limits.ts';
import { readLocalState } from '../local-state.ts';
import { isRunning, type ProcessIdentity } from '../process-identity.ts';
import { regionFolders } from '../regions/region-folders.ts';
import { awaitLeftovers, killLeftoverClients, leftoverWorkers } from '../supervisor/leftovers.ts';
import { absoluteDir, addFolderOptions, type FolderOptions } from './common-options.ts';

export function addDownCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('down')
    .summary('stop what runs in the folder')
    .description(
      'Stops the Feedmill of the folder as Ctrl-C does: sources first, then the workers, which ' +
        'commit everything that they acknowledged, then Postgres. Waits until it is done.',
    );
  addFolderOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ feedmill down
  $ feedmill down --dir /tmp/eth`,
    )
    .action((options: FolderOptions) => down(options, context));
}

async function down(options: FolderOptions, context: CommandContext): Promise<void> {
  const { clock } = context;
  const dir = absoluteDir(options);
  if ((await stat(dir).catch(() => undefined)) === undefined) {
    throw new FeedmillError('NOT_RUNNING', `There is no folder ${dir}; name another with --dir.`);
  }
  const startedMs = clock.monotonicMs();
  const holder = await readLockHolder(dir);
  if (holder !== undefined) await stopHolder(holder.process, dir, context);
  let stoppedRest = false;
  const folders = (await regionFolders(dir)) ?? [];
  for (const folder of [...folders.map((each) => each.dir), dir]) {
    stoppedRest = (await stopRest(folder, clock)) || stoppedRest;
  }
  const stopped = holder !== undefined || stoppedRest;
  if (options.json === true) {
    writeJson(context, { dir, stopped, wasRunning: holder !== undefined });
    return;
  }
  const took = durationText(clock.monotonicMs() - startedMs);
  writeLines(context, [
    stopped ? `Stopped the Feedmill in ${dir} (${took}).` : `Nothing runs in ${dir}.`,
  ]);
}

async function stopHolder(
  holder: ProcessIdentity,
  dir: string,
  { clock, stderr }: CommandContext,
): Promise<void> {
  try {
    process.kill(holder.pid, 'SIGTERM');
  } catch (error) {
    if (!isRunning(holder)) return;
    throw new FeedmillError(
      'ALREADY_RUNNING',
      `Process ${holder.pid}, which runs in ${dir}, belongs to another user; ` +
        'run `feedmill down` as that user.',
      { cause: error },
    );
  }
  stderr.write(`Stopping process ${holder.pid}; it commits what it has acknowledged.\n`);
  const deadlineMs = clock.monotonicMs() + LIMITS.downWaitMs;
  while (isRunning(holder)) {
    if (clock.monotonicMs() > deadlineMs) {
      throw new FeedmillError(
        'ALREADY_RUNNING',
        `Process ${holder.pid} still runs ${LIMITS.downWaitMs / 1000} s after it was told to ` +
          `stop; see ${dir}/logs, or end it with kill -9: nothing acknowledged gets lost.`,
      );
    }
    await sleep(clock, LIMITS.lockPollMs);
  }
}

/** What a killed supervisor has left: children that drain, and Postgres. */
async function stopRest(dir: string, clock: Clock): Promise<boolean> {
  const state = await readLocalState(dir);
  const leftovers = leftoverWorkers(state);
  killLeftoverClients(state);
  if (state === undefined || (state.stopped !== undefined && leftovers.length === 0)) return false;
  const lock = await lockFolder(dir, 'down', clock);
  try {
    await awaitLeftovers(leftovers, clock, new AbortController().signal);
    if (state.postgres?.embedded !== true) return leftovers.length > 0;
    const log = { info: () => undefined, warn: () => undefined };
    const server = await startEmbeddedPostgres({ dir, clock, log });
    await server.stop();
    return leftovers.length > 0 || server.wasRunning;
  } finally {
    await lock.release();
  }
}
