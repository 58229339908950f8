import { PassThrough } from 'node:stream';
import type { CommandContext } from '../../cli/src/command-context.ts';
import { makeProgram } from '../../cli/src/program.ts';
import { systemClock } from '../../core/src/adapters/system-clock.ts';
import { seededRandom } from '../../core/src/random.ts';
import { page, sourceLink } from './markdown.ts';

/** commander's Command, which is a dependency of cli/ and not of this folder. */
type Command = ReturnType<typeof makeProgram>;

const HELP_COLUMNS = 100;

const INTRODUCTION = `In a checkout, \`npx feedmill <command>\`; \`npm start\` is
\`feedmill up\`. Exit code 2 means wrong usage, 1 any other failure
([errors](errors.md)).`;

/** The help of every command, as \`--help\` prints it. */
export function cliPage(): string {
  const { commands } = commandLine();
  const parts = commands.map((command) => `## feedmill ${command.name()}\n\n${help(command)}`);
  return page('Commands', sourceLink('cli/src/program.ts'), [
    INTRODUCTION,
    help(commandLine()),
    ...parts,
  ]);
}

/** The program with nothing behind it: to be looked at, not to be run. */
export function commandLine(): Command {
  const stdout = new PassThrough() as unknown as NodeJS.WriteStream;
  const context: CommandContext = {
    clock: systemClock(),
    random: seededRandom(1),
    env: {},
    stdout,
    stderr: stdout,
    signals: process,
    sinceStartMs: () => 0,
    setExitCode: () => undefined,
    exit: (code) => process.exit(code),
  };
  return makeProgram(context);
}

function help(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => HELP_COLUMNS,
  });
  command.outputHelp();
  return `\`\`\`\n${text.trim()}\n\`\`\``;
}
