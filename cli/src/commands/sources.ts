import { listSources, type SourceListing } from '@feedmill/producer/registry';
import type { Command } from 'commander';
import { type CommandContext, writeJson, writeLines } from '../command-context.ts';
import { tableLines } from '../text-table.ts';
import { jsonOption } from './common-options.ts';

export function addSourcesCommand(program: Command, context: CommandContext): void {
  program
    .command('sources')
    .summary('list the kinds of sources and the formats of captures')
    .description('Lists what --source takes: kinds, formats of captures, their parameters.')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ feedmill sources
  $ feedmill sources --json`,
    )
    .action((options: { readonly json?: true }) => {
      const listings = listSources();
      if (options.json === true) writeJson(context, { sources: listings.map(documentOf) });
      else writeLines(context, sourceLines(listings));
    });
}

function documentOf(listing: SourceListing) {
  const { kind, format, meaning, parameters, example } = listing;
  return {
    kind,
    ...(format !== undefined && { format }),
    meaning,
    parameters: parameters.map(({ name, meaning: does, defaultText }) => ({
      name,
      meaning: does,
      default: defaultText,
    })),
    example,
  };
}

const COLUMNS = [
  { title: '  parameter', align: 'left' },
  { title: 'default', align: 'left' },
  { title: 'meaning', align: 'left' },
] as const;

/** A block a source, with its parameters as a table. */
function sourceLines(listings: readonly SourceListing[]): string[] {
  return listings.flatMap(({ kind, format, meaning, parameters, example }, at) => {
    const name = format === undefined ? kind : `${kind}:${format}`;
    const rows = parameters.map((each) => [`  ${each.name}`, each.defaultText, each.meaning]);
    return [
      ...(at === 0 ? [] : ['']),
      `${name}: ${meaning}`,
      `  --source '${example}'`,
      ...(rows.length === 0 ? [] : tableLines(COLUMNS, rows)),
    ];
  });
}
