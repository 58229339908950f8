import type { Command, Option } from 'commander';

/** What a shell offers for an option's value. */
export type ValueKind = 'none' | 'folder' | 'source' | 'other';

export interface OptionOutline {
  /** With its dashes. */
  readonly name: string;
  readonly description: string;
  readonly value: ValueKind;
  readonly mayRepeat: boolean;
}

export interface CommandOutline {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionOutline[];
  /** What its argument may be, where that is a list. */
  readonly choices: readonly string[];
}

/** The program as a shell's completion needs it. */
export interface ProgramOutline {
  readonly name: string;
  readonly commands: readonly CommandOutline[];
  /** How a --source may begin. */
  readonly sourceStarts: readonly string[];
}

/** Read from the commands themselves, so that a completion never lags behind them. */
export function outlineOf(program: Command, sourceStarts: readonly string[]): ProgramOutline {
  return {
    name: program.name(),
    commands: program.commands.map((command) => ({
      name: command.name(),
      summary: command.summary(),
      options: [
        ...command.options.map(optionOutline),
        { name: '--help', description: 'display help', value: 'none', mayRepeat: false },
      ],
      choices: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    })),
    sourceStarts,
  };
}

function optionOutline(option: Option): OptionOutline {
  const name = option.long ?? option.flags;
  return {
    name,
    description: option.description,
    value: valueKind(name, option),
    mayRepeat: name === '--source',
  };
}

function valueKind(name: string, option: Option): ValueKind {
  if (!option.required) return 'none';
  if (name === '--dir') return 'folder';
  return name === '--source' ? 'source' : 'other';
}
