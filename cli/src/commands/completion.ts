import { listSources } from '@feedmill/producer/registry';
import { Argument, type Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { outlineOf } from '../completion/command-outline.ts';
import { completionScript, SHELLS, type Shell } from '../completion/completion-script.ts';

export function addCompletionCommand(program: Command, context: CommandContext): void {
  program
    .command('completion')
    .summary('print a script that completes commands and options')
    .description('Prints a script that teaches the shell the commands, options and sources.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  $ eval "$(feedmill completion bash)"
  $ source <(feedmill completion zsh)
  $ feedmill completion fish | source`,
    )
    .action((shell: Shell) => {
      context.stdout.write(completionScript(shell, outlineOf(program, sourceStarts())));
    });
}

/** What a --source begins with, up to where the user's own words follow. */
function sourceStarts(): string[] {
  return listSources().map(({ kind, format }) =>
    format === undefined ? `${kind}:` : `${kind}:${format}:`,
  );
}
