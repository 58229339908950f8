import { plural } from '@feedmill/core/number-text';
import { REFERENCE_KINDS, type ReferenceKind } from '@feedmill/core/reference/reference-set';
import { Argument, type Command, Option } from 'commander';
import { type CommandContext, writeJson, writeLines } from '../command-context.ts';
import { type Database, withConnection, withFolderDatabase } from '../folder-database.ts';
import { type LoadedReference, loadReference } from '../reference/load-reference.ts';
import { regionFolders } from '../regions/region-folders.ts';
import {
  absoluteDir,
  addFolderOptions,
  type FolderOptions,
  postgresOption,
} from './common-options.ts';

interface LoadOptions extends FolderOptions {
  readonly replace?: true;
  readonly venue?: string;
  readonly postgres?: string;
}

export function addLoadCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('load')
    .summary('load instruments, names of entities, currency rates or rules for signals')
    .description(
      'Makes a new version of reference data out of a file and what was loaded before. ' +
        'Workers take it up within seconds, at a place in their journal, so that everything ' +
        'after it is computed by it. Works beside a running Feedmill and on a stopped one.',
    )
    .addArgument(new Argument('<kind>', 'what the file holds').choices(REFERENCE_KINDS))
    .argument('<file>', 'a CSV file with a header; of signals a YAML or JSON file')
    .addOption(new Option('--replace', 'forget what was loaded before'))
    .addOption(new Option('--venue <code>', 'venue of symbols that have none (entities)'))
    .addOption(postgresOption());
  addFolderOptions(command)
    .addHelpText(
      'after',
      `
Columns; those in brackets may be left out:
  instruments  venue symbol instrument [publisher class base quote tick lot multiplier valid_from
               valid_to allows_negative_price isin figi]
  entities     instrument kind text, or symbol entity (all names of a symbol in one field)
  rates        currency reporting rate [valid_from]
Fields of each rule in the list 'signals':
  signals      name kind window threshold [instruments steps cooldown alert]

Examples:
  $ feedmill load instruments instruments.csv
  $ feedmill load entities names.csv --venue XNSE
  $ feedmill load rates rates.csv --postgres postgres://me:secret@db.example/ticks`,
    )
    .action((kind: ReferenceKind, file: string, options: LoadOptions) =>
      load(kind, file, options, context),
    );
}

async function load(
  kind: ReferenceKind,
  path: string,
  options: LoadOptions,
  context: CommandContext,
): Promise<void> {
  const { replace, venue, postgres } = options;
  const use = (database: Database) =>
    loadReference(
      database,
      { kind, path, replaces: replace === true, venue },
      context.clock.wallNanos(),
    );
  const loaded =
    postgres === undefined
      ? await loadIntoFolder(absoluteDir(options), use, context)
      : await withConnection(postgres, 'load', use);
  if (options.json === true) {
    writeJson(context, loaded);
    return;
  }
  const { version, rows, isNew } = loaded;
  const what = `version ${version} of the ${kind}, ${plural(rows, 'row')}`;
  writeLines(context, [isNew ? `Loaded: ${what}.` : `Nothing new: it stays at ${what}.`]);
}

/** Both regions get the same, so that whichever is primary goes on with it. */
async function loadIntoFolder(
  dir: string,
  use: (database: Database) => Promise<LoadedReference>,
  context: CommandContext,
): Promise<LoadedReference> {
  const [first, ...others] = (await regionFolders(dir)) ?? [{ dir }];
  const loaded = await withFolderDatabase(first?.dir ?? dir, 'load', context, use);
  for (const other of others) await withFolderDatabase(other.dir, 'load', context, use);
  return loaded;
}
