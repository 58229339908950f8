import { FeedmillError } from '@feedmill/core/errors';
import { countText, plural } from '@feedmill/core/number-text';
import type { Command } from 'commander';
import { type CommandContext, writeJson, writeLines } from '../command-context.ts';
import { withConnection } from '../folder-database.ts';
import { type RegionFolder, regionFolders } from '../regions/region-folders.ts';
import { tableLines } from '../text-table.ts';
import { compareRegions, type ProducerComparison } from '../verify/compare-regions.ts';
import type { ProducerVerdict } from '../verify/verdict.ts';
import { type Verdict, verifyFolder, verifyPlace } from '../verify/verify-folder.ts';
import { verifyPair } from '../verify/verify-pair.ts';
import {
  absoluteDir,
  addFolderOptions,
  type FolderOptions,
  otherPostgresOption,
  postgresOption,
  workerOption,
} from './common-options.ts';

const EXIT_WRONG = 1;

export function addVerifyCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('verify')
    .summary('check that everything acknowledged is in Postgres, once and in order')
    .description(
      'Holds the journals, the producers and the tables against each other and says per producer ' +
        'what was acknowledged and committed, and what is missing, doubled or out of order. ' +
        'Works beside a running Feedmill and on a stopped one; exit code 1 if anything is wrong. ' +
        'In a folder of two regions both are checked, and held against each other.',
    );
  addFolderOptions(command)
    .addOption(workerOption())
    .addOption(postgresOption('with --worker: the database that those workers commit to'))
    .addOption(otherPostgresOption())
    .addHelpText(
      'after',
      `
The hash is over all rows of a producer but for our own receive times: the same input gives the
same hash, however it was interrupted.

Examples:
  $ feedmill verify
  $ feedmill verify --json | jq '.producers[] | {producer, missing, duplicated, hash}'
  $ feedmill verify --postgres postgres://me:secret@db/ticks --worker 10.0.0.7:7400
  $ feedmill verify --postgres postgres://me:secret@east/t --regions postgres://me:secret@west/t`,
    )
    .action((options: FolderOptions) => verify(options, context));
}

interface VerifyOptions extends FolderOptions {
  readonly worker?: readonly string[];
  readonly postgres?: string;
  readonly regions?: string;
}

async function verify(options: VerifyOptions, context: CommandContext): Promise<void> {
  const { worker: workers, postgres, regions } = options;
  if (regions !== undefined) {
    await verifyRegions(postgres, regions, options, context);
    return;
  }
  if (workers !== undefined && postgres === undefined) {
    throw new FeedmillError(
      'USAGE',
      '--worker needs --postgres: the URL of the database that the workers commit to.',
    );
  }
  const folders = workers === undefined ? await regionFolders(absoluteDir(options)) : undefined;
  if (folders !== undefined) {
    await verifyFolders(folders, options, context);
    return;
  }
  const verdict =
    workers === undefined || postgres === undefined
      ? await verifyFolder(absoluteDir(options), context)
      : await verifyPlace({ postgres, workers }, context);
  if (options.json === true) writeJson(context, verdict);
  else writeLines(context, verdictLines(verdict));
  if (!verdict.ok) context.setExitCode(EXIT_WRONG);
}

/** Both regions of a folder. */
async function verifyFolders(
  folders: readonly RegionFolder[],
  { json }: VerifyOptions,
  context: CommandContext,
): Promise<void> {
  const verdict = await verifyPair(folders, context);
  const { ok, regions, producers } = verdict;
  if (json === true) writeJson(context, verdict);
  else {
    const areEqual = producers.every(({ isEqual }) => isEqual);
    writeLines(context, [
      ...Object.entries(regions).flatMap(([name, each]) => [
        `Region ${name}`,
        ...verdictLines(each),
        '',
      ]),
      ...comparisonLines(producers, areEqual),
    ]);
  }
  if (!ok) context.setExitCode(EXIT_WRONG);
}

/** The rows of two regions against each other. */
async function verifyRegions(
  postgres: string | undefined,
  other: string,
  { json }: VerifyOptions,
  context: CommandContext,
): Promise<void> {
  if (postgres === undefined) {
    throw new FeedmillError('USAGE', "--regions needs --postgres: the first region's database.");
  }
  const producers = await withConnection(postgres, 'verify', (one) =>
    withConnection(other, 'verify', (two) => compareRegions(one, two)),
  );
  const ok = producers.every(({ isEqual }) => isEqual);
  if (json === true) writeJson(context, { ok, producers });
  else writeLines(context, comparisonLines(producers, ok));
  if (!ok) context.setExitCode(EXIT_WRONG);
}

const REGION_COLUMNS = [
  { title: 'PRODUCER', align: 'left' },
  { title: 'COMMITTED', align: 'right' },
  { title: 'IN THE OTHER', align: 'right' },
  { title: 'CHAIN', align: 'left' },
  { title: 'IN THE OTHER', align: 'left' },
  { title: '', align: 'left' },
] as const;

function comparisonLines(producers: readonly ProducerComparison[], ok: boolean): string[] {
  const rows = producers.map(({ producer, committed, chains, isEqual }) => [
    producer,
    ...committed.map(countText),
    ...chains,
    isEqual ? 'equal' : 'DIFFERENT',
  ]);
  const differences = producers.flatMap(({ producer, difference }) =>
    difference === undefined
      ? []
      : [
          `${producer}: the first difference is at sequence ${difference.sequence}, in ` +
            `${difference.table}: ${difference.rows.join(' and ')} rows.`,
        ],
  );
  return [
    ...tableLines(REGION_COLUMNS, rows),
    '',
    ...differences,
    ok ? 'The regions hold the same rows.' : 'The regions differ.',
  ];
}

const COLUMNS = [
  { title: 'PRODUCER', align: 'left' },
  { title: 'ACKNOWLEDGED', align: 'right' },
  { title: 'COMMITTED', align: 'right' },
  { title: 'MISSING', align: 'right' },
  { title: 'DUPLICATED', align: 'right' },
  { title: 'ORDER BROKEN', align: 'right' },
  { title: 'HASH', align: 'left' },
  { title: '', align: 'left' },
] as const;

/** The verdict as people read it: a line a producer, then every fault, then the sum. */
function verdictLines({ producers, journalFaults, ok }: Verdict): string[] {
  if (producers.length === 0 && ok) return ['Nothing was ever acknowledged or committed here.'];
  const rows = producers.map((each) => [
    each.producer,
    ...[each.acknowledged, each.committed, each.missing, each.duplicated].map(countText),
    countText(each.orderBroken),
    each.hash,
    each.ok ? 'ok' : 'WRONG',
  ]);
  const committed = producers.reduce((sum, each) => sum + each.committed, 0);
  const wrong = producers.filter((each) => !each.ok).length;
  return [
    ...tableLines(COLUMNS, rows),
    '',
    ...producers.flatMap(faultLines),
    ...journalFaults.map((fault) => `The journals: ${fault}.`),
    ok
      ? `All ${plural(committed, 'committed event')} stand once and in order.`
      : `${plural(wrong, 'producer')} of ${producers.length} wrong.`,
  ];
}

function faultLines(verdict: ProducerVerdict): string[] {
  const { producer, pending, missing, missingRanges, duplicatedSequences, unexpected } = verdict;
  const ranges = missingRanges.map(({ first, last }) =>
    first === last ? first : `${first}-${last}`,
  );
  const told: string[] = [];
  if (pending > 0) {
    told.push(
      `${plural(pending, 'event')} safe in the journal, not committed yet; Feedmill does that ` +
        'when it runs and Postgres is up.',
    );
  }
  if (missing > 0) told.push(`${countText(missing)} missing, at ${ranges.join(', ')}.`);
  if (missing < 0) told.push(`${countText(-missing)} rows more than there were events.`);
  if (duplicatedSequences.length > 0) told.push(`doubled at ${duplicatedSequences.join(', ')}.`);
  if (unexpected > 0) told.push(`${countText(unexpected)} rows of events never committed.`);
  return [...told, ...verdict.ledgerFaults].map((text) => `${producer}: ${text}`);
}
