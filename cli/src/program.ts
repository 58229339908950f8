import { createRequire } from 'node:module';
import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addDownCommand } from './commands/down.ts';
import { addDrillCommand } from './commands/drill.ts';
import { addKeyCommand } from './commands/key.ts';
import { addKubeCommand } from './commands/kube.ts';
import { addLoadCommand } from './commands/load.ts';
import { addRebuildCommand } from './commands/rebuild.ts';
import { addRunCommand } from './commands/run.ts';
import { addSourcesCommand } from './commands/sources.ts';
import { addSqlCommand } from './commands/sql.ts';
import { addStatusCommand } from './commands/status.ts';
import { addSwitchoverCommand } from './commands/switchover.ts';
import { addUpCommand } from './commands/up.ts';

import { addVerifyCommand } from './commands/verify.ts';

const HELP_COLUMNS_MAX = 100;

/** The command line of Feedmill. Faults come out as exceptions; nothing here ends the process. */
export function makeProgram(context: CommandContext): Command {
  const program = new Command('feedmill');
  program
    .description('Lands market-data feeds in Postgres: in order, exactly once, enriched.')
    .version(version(), '-V, --version', 'print the version')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      // Faults are reported as one sentence by main, in JSON where that was asked for.
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(context.stdout.columns ?? HELP_COLUMNS_MAX, HELP_COLUMNS_MAX),
    })
    .addHelpText(
      'after',
      `
Examples:
  $ feedmill up                                  a simulated market into Postgres, until Ctrl-C
  $ feedmill run --source capture:gemini-csv:trades.csv --speed 0
  $ feedmill sql 'select * from v_bar limit 10'
  $ feedmill verify

\`feedmill <command> --help\` says more.`,
    );
  addUpCommand(program, context);
  addRunCommand(program, context);
  addStatusCommand(program, context);
  addSqlCommand(program, context);
  addLoadCommand(program, context);
  addKeyCommand(program, context);
  addVerifyCommand(program, context);
  addDownCommand(program, context);
  addKubeCommand(program, context);
  addSwitchoverCommand(program, context);
  addRebuildCommand(program, context);
  addDrillCommand(program, context);
  addSourcesCommand(program, context);
  addCompletionCommand(program, context);
  return program;
}

function version(): string {
  const require = createRequire(import.meta.url);
  return (require('../package.json') as { version: string }).version;
}
