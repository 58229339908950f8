import { ControlClient } from '@feedmill/core/adapters/control-client';
import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { FeedmillError } from '@feedmill/core/errors';
import { plural } from '@feedmill/core/number-text';
import { type Command, Option } from 'commander';
import { type CommandContext, writeJson, writeLines } from '../command-context.ts';
import { LIMITS } from '../limits.ts';
import { jsonOption, workerOption } from './common-options.ts';

const EXIT_WRONG = 1;

interface SwitchoverOptions {
  readonly to: string;
  readonly worker: readonly string[];
  readonly json?: true;
}

/** What became of one shard. */
interface MovedShard {
  readonly shard: number;
  readonly primary: string;
  readonly epoch: number;
  /** Why it stayed; undefined: it is where it shall be. */
  readonly fault?: string;
  readonly tookMs: number;
}

export function addSwitchoverCommand(program: Command, context: CommandContext): void {
  program
    .command('switchover')
    .summary('hand shards over to the other region')
    .description(
      'Hands every shard of the given workers over to a region, as planned: producers wait until ' +
        'both regions hold everything, and go on there. A shard whose follower is not in sync ' +
        'stays where it is. Exit code 1 if one does.',
    )
    .addOption(new Option('--to <region>', 'region that shall accept events').makeOptionMandatory())
    .addOption(workerOption().makeOptionMandatory())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Give the workers of the region that is primary now, or those of both.

Examples:
  $ feedmill switchover --to west --worker 10.0.0.7:7400 --worker 10.0.0.8:7400`,
    )
    .action((options: SwitchoverOptions) => switchover(options, context));
}

async function switchover(options: SwitchoverOptions, context: CommandContext): Promise<void> {
  const moved = (
    await Promise.all(options.worker.map((address) => moveShard(address, options.to, context)))
  ).filter((each) => each !== undefined);
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

/** Undefined where the worker is not primary: its shard is handed over by the one that is. */
async function moveShard(
  address: string,
  to: string,
  { clock }: CommandContext,
): Promise<MovedShard | undefined> {
  const client = new ControlClient(address);
  const beganMs = clock.monotonicMs();
  try {
    const { shard, region } = await client.getState();
    checkRegion(address, region, to);
    const tookMs = (): number => Math.round(clock.monotonicMs() - beganMs);
    if (region.role !== 'primary') return undefined;
    const { epoch } = region;
    if (region.name === to) return { shard, primary: to, epoch, tookMs: 0 };
    try {
      const now = await client.handOver(LIMITS.switchoverMs);
      return { shard, primary: now.primary, epoch: now.epoch, tookMs: tookMs() };
    } catch (error) {
      const fault = FeedmillError.from(error).message;
      return { shard, primary: region.name, epoch, fault, tookMs: tookMs() };
    }
  } finally {
    client.close();
  }
}

function checkRegion(
  address: string,
  region: ShardSnapshot['region'],
  to: string,
): asserts region is NonNullable<ShardSnapshot['region']> {
  if (region === undefined) {
    throw new FeedmillError('USAGE', `The shard of the worker at ${address} lives in one region.`);
  }
  const { name, peer } = region;
  if (to === name || to === peer) return;
  throw new FeedmillError(
    'USAGE',
    `The worker at ${address} knows the regions ${name} and ${peer}; ${to} is neither.`,
  );
}

const shardText = ({ shard, primary, epoch, fault, tookMs }: MovedShard): string =>
  fault === undefined
    ? `Shard ${shard}: ${primary} is primary, epoch ${epoch} (${tookMs} ms).`
    : `Shard ${shard} stays in ${primary}: ${fault}`;
