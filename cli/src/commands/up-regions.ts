import path from 'node:path';
import { FeedmillError } from '@feedmill/core/errors';
import { type CommandContext, makeReporter, writeJson } from '../command-context.ts';
import type { LocalState } from '../local-state.ts';
import type { LocalPair } from '../regions/local-pair.ts';
import { DIRECT_LINKS } from '../regions/pair-links.ts';
import { standingText } from '../regions/pair-standing.ts';
import { RegionsSupervisor } from '../regions/regions-supervisor.ts';
import { SIDES, type Side } from '../regions/side.ts';
import type { Reporter } from '../status-block/reporter.ts';
import { readBindingsRecord } from '../supervisor/bindings-file.ts';
import { superviseFolder } from '../supervisor/folder-session.ts';
import { type Addresses, addressesOf, addressLines, consoleLine } from './addresses.ts';
import { frontDoorOpen, UpDisplay, type UpPlan } from './up-display.ts';

const DEFAULT_SHARDS = 2;

/** Where everything of two running regions listens. */
interface PairAddresses {
  readonly dir: string;
  readonly pid: number;
  /** Region that accepts events; null where none does of every shard. */
  readonly primary: Side | null;
  readonly witness: string;
  readonly regions: Readonly<Record<Side, Addresses>>;
}

/** Runs two regions and their witness in a folder until it is stopped. */
export async function upRegions(plan: UpPlan, context: CommandContext): Promise<void> {
  const { dir, isJson, hasGateway } = plan;
  const { clock, random } = context;
  const stream = isJson ? context.stderr : context.stdout;
  const reporter = makeReporter(context, stream);
  const display = new UpDisplay(context, reporter);
  const tell = new PairNews(reporter, stream.isTTY);
  await superviseFolder(
    { command: 'up', dir },
    async ({ before, stateFile }) => {
      const shardCount = await chooseShardCount(plan, before);
      await stateFile.update({ regions: [...SIDES] });
      const options = { ...plan, command: 'up', shardCount, links: DIRECT_LINKS, before };
      return new RegionsSupervisor(options, stateFile, { clock, random, reporter });
    },
    context,
    reporter,
    {
      show(supervisor, phase) {
        if (phase === 'running') tell.changes(supervisor);
        display.show(supervisor, phase, `${standingText(supervisor.standing)} `);
      },
      async running(supervisor) {
        const pair = supervisor.pair as LocalPair;
        const regions = SIDES.map((side) => pair.regions[side].supervisor);
        if (isJson && hasGateway) {
          await Promise.all(regions.map((region) => frontDoorOpen(region, clock)));
        }
        const addresses = pairAddresses(supervisor, pair, dir);
        if (isJson) writeJson(context, addresses);
        for (const line of pairLines(addresses, stream.isTTY)) reporter.note(line);
        while (!supervisor.hasFailed) await supervisor.changed();
        throw FeedmillError.from(regions.find(({ failure }) => failure)?.failure);
      },
      async drained(supervisor, outcome) {
        display.stopped(supervisor, outcome);
      },
    },
  );
}

/** Says what is new about the regions, each once. */
class PairNews {
  readonly #reporter: Reporter;
  readonly #isTerminal: boolean;
  readonly #withConsole = new Set<Side>();
  #standing = '';

  constructor(reporter: Reporter, isTerminal: boolean) {
    this.#reporter = reporter;
    this.#isTerminal = isTerminal;
  }

  changes({ pair, standing }: RegionsSupervisor): void {
    const text = standingText(standing);
    if (text !== this.#standing) this.#reporter.note(text);
    this.#standing = text;
    for (const side of SIDES) {
      const region = pair?.regions[side];
      if (region?.isRunning !== true || this.#withConsole.has(side)) continue;
      if (region.supervisor.frontDoor?.url === undefined) continue;
      this.#withConsole.add(side);
      const line = consoleLine(region.supervisor, region.dir, this.#isTerminal);
      this.#reporter.note(`${side}: ${line}`);
    }
  }
}

function pairAddresses(
  { standing }: RegionsSupervisor,
  { regions, witness }: LocalPair,
  dir: string,
): PairAddresses {
  const of = (side: Side): Addresses => addressesOf(regions[side].supervisor, regions[side].dir);
  return {
    dir,
    pid: process.pid,
    primary: standing.kind === 'unsettled' ? null : standing.primary,
    witness: witness.address ?? '',
    regions: { east: of('east'), west: of('west') },
  };
}

const pairLines = ({ regions, witness }: PairAddresses, isTerminal: boolean): string[] => [
  ...SIDES.flatMap((side) =>
    addressLines(regions[side], isTerminal).map((line) => `${side}: ${line}`),
  ),
  `Witness   ${witness}`,
];

/**
 * A folder stays with its regions, and two regions with their shards: a move between shards is not
 * made in both at once.
 */
async function chooseShardCount(
  { dir, shards }: UpPlan,
  before: LocalState | undefined,
): Promise<number> {
  if (before !== undefined && before.regions === undefined) {
    throw new FeedmillError(
      'CONFIG_INVALID',
      `${dir} holds one region, so --regions 2 does not fit: leave it away, or choose another ` +
        'folder with --dir.',
    );
  }
  const known = (await readBindingsRecord(path.join(dir, SIDES[0])))?.shardCount;
  if (known !== undefined && shards !== undefined && shards !== known) {
    throw new FeedmillError(
      'CONFIG_INVALID',
      `The two regions in ${dir} have ${known} shards each and keep them, so --shards ${shards} ` +
        'does not fit: leave it away, or choose another folder with --dir.',
    );
  }
  return shards ?? known ?? DEFAULT_SHARDS;
}
