import type { CommandOutline, OptionOutline, ProgramOutline } from './command-outline.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A script that teaches the shell the program's commands, options and sources. */
export function completionScript(shell: Shell, outline: ProgramOutline): string {
  switch (shell) {
    case 'bash':
      return bashScript(outline);
    case 'zsh':
      return zshScript(outline);
    case 'fish':
      return fishScript(outline);
  }
}

const nameOf = ({ name }: { readonly name: string }): string => name;
const namesOf = (named: readonly { readonly name: string }[]): string =>
  named.map(nameOf).join(' ');

function bashScript({ name, commands, sourceStarts }: ProgramOutline): string {
  const cases = commands.map(
    (command) =>
      `    ${command.name}) words="${[namesOf(command.options), ...command.choices].join(' ')}" ;;`,
  );
  const valued = commands
    .flatMap(({ options }) => options)
    .filter(({ value }) => value === 'other')
    .map(nameOf);
  return `# ${name} completion for bash; put this into ~/.bashrc:
#   eval "$(${name} completion bash)"
_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local word command="" words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      ${commands.map(nameOf).join('|')}) command="$word"; break ;;
    esac
  done
  case "$previous" in
    --dir) COMPREPLY=($(compgen -d -- "$current")); return ;;
    --source) COMPREPLY=($(compgen -W "${sourceStarts.join(' ')}" -- "$current"))
      compopt -o nospace; return ;;
    # bash takes a colon for the end of a word: what follows one in a source is a path.
    :|*:) COMPREPLY=($(compgen -f -- "$current")); return ;;
    ${[...new Set(valued)].join('|')}) return ;;
  esac
  case "$command" in
    "") words="${namesOf(commands)} --help --version" ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _${name} ${name}
`;
}

function zshScript({ name, commands, sourceStarts }: ProgramOutline): string {
  const listed = commands.map((command) => `    '${command.name}:${zshText(command.summary)}'`);
  const cases = commands.map((command) => {
    const specs = [
      ...command.options.map((option) => zshOption(option, sourceStarts)),
      ...(command.choices.length === 0 ? [] : [`'1:value:(${command.choices.join(' ')})'`]),
    ];
    return `    ${command.name}) _arguments ${specs.join(' \\\n        ')} ;;`;
  });
  return `#compdef ${name}
# ${name} completion for zsh; put this into ~/.zshrc:
#   source <(${name} completion zsh)
_${name}() {
  local -a commands=(
${listed.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    _arguments '--help[display help]' '--version[display the version]'
    return
  fi
  local command="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
compdef _${name} ${name}
`;
}

function zshOption(option: OptionOutline, sourceStarts: readonly string[]): string {
  const repeat = option.mayRepeat ? '*' : '';
  const text = `${repeat}${option.name}[${zshText(option.description)}]`;
  switch (option.value) {
    case 'none':
      return `'${text}'`;
    case 'folder':
      return `'${text}:folder:_files -/'`;
    case 'source':
      return `'${text}:source:(${sourceStarts.join(' ').replaceAll(':', '\\:')})'`;
    case 'other':
      return `'${text}:value: '`;
  }
}

/** Inside single quotes, where a colon and brackets would end a part. */
const zshText = (text: string): string =>
  text.replaceAll("'", "'\\''").replace(/[:[\]]/g, (each) => `\\${each}`);

function fishScript({ name, commands, sourceStarts }: ProgramOutline): string {
  const first = `complete -c ${name} -n __fish_use_subcommand`;
  const lines = commands.flatMap((command) => [
    `${first} -a ${command.name} -d ${fishText(command.summary)}`,
    ...fishOptions(name, command, sourceStarts),
  ]);
  return `# ${name} completion for fish; put this into ~/.config/fish/config.fish:
#   ${name} completion fish | source
complete -c ${name} -f
${first} -l help -d 'display help'
${first} -l version -d 'display the version'
${lines.join('\n')}
`;
}

function fishOptions(
  name: string,
  command: CommandOutline,
  sourceStarts: readonly string[],
): string[] {
  const when = `complete -c ${name} -n '__fish_seen_subcommand_from ${command.name}'`;
  const options = command.options.map((option) => {
    const text = `${when} -l ${option.name.replace(/^--/, '')} -d ${fishText(option.description)}`;
    switch (option.value) {
      case 'none':
        return text;
      case 'folder':
        return `${text} -x -a '(__fish_complete_directories)'`;
      case 'source':
        return `${text} -x -a '${sourceStarts.join(' ')}'`;
      case 'other':
        return `${text} -x`;
    }
  });
  const choices = command.choices.length === 0 ? [] : [`${when} -a '${command.choices.join(' ')}'`];
  return [...options, ...choices];
}

const fishText = (text: string): string => `'${text.replace(/['\\]/g, (each) => `\\${each}`)}'`;
