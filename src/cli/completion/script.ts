import type { Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function isShell(word: string): word is Shell {
  return (SHELLS as readonly string[]).includes(word);
}

interface CommandWords {
  readonly name: string;
  readonly description: string;
  /** Second words of a group of commands. */
  readonly commands: readonly string[];
  readonly flags: readonly { readonly flag: string; readonly description: string }[];
}

export function completionScript(program: Command, shell: Shell): string {
  const commands = program.commands.map(wordsOf);
  if (shell === 'fish') return fishScript(commands);
  return shell === 'zsh' ? zshScript(commands) : bashScript(commands);
}

/** A group of commands has the flags of all of them. */
function wordsOf(command: Command): CommandWords {
  const options = [command, ...command.commands].flatMap((one) => one.options);
  const flags = new Map(
    options.flatMap(({ long, description }) => (typeof long === 'string' ? [[long, description] as const] : [])),
  );
  return {
    name: command.name(),
    description: command.description(),
    commands: command.commands.map((one) => one.name()),
    flags: Array.from(flags, ([flag, description]) => ({ flag, description })),
  };
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function bashScript(commands: readonly CommandWords[]): string {
  const cases = commands
    .map(({ name, flags, commands: seconds }) => {
      const words = `words=${quoted(flags.map(({ flag }) => flag).join(' '))}`;
      return seconds.length === 0
        ? `    ${name}) ${words} ;;`
        : `    ${name}) ${words} seconds=${quoted(seconds.join(' '))} ;;`;
    })
    .join('\n');
  return `# bash completion for ferry: source <(ferry completion bash)
_ferry() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words='' seconds=''
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted(commands.map(({ name }) => name).join(' '))} -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases}
  esac
  if [ "$COMP_CWORD" -eq 2 ] && [ -n "$seconds" ]; then
    COMPREPLY=($(compgen -W "$seconds" -- "$current"))
    return
  fi
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _ferry ferry
`;
}

function zshScript(commands: readonly CommandWords[]): string {
  const plain = (text: string): string => text.replaceAll(/[[\]:]/g, ' ');
  const names = commands.map(({ name, description }) => `    ${quoted(`${name}:${plain(description)}`)}`).join('\n');
  const cases = commands
    .map(({ name, flags, commands: seconds }) => {
      const specs = flags.map(({ flag, description }) => quoted(`${flag}[${plain(description)}]`)).join(' ');
      const second = seconds.length === 0 ? '' : ` ${quoted(`1:command:(${seconds.join(' ')})`)}`;
      return `    ${name}) _arguments ${specs}${second} '*:file:_files' ;;`;
    })
    .join('\n');
  return `#compdef ferry
# zsh completion for ferry: put this into a file _ferry in your fpath
_ferry() {
  local -a commands
  commands=(
${names}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  (( CURRENT-- ))
  case $name in
${cases}
  esac
}
compdef _ferry ferry
`;
}

function fishScript(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ name, description, flags, commands: seconds }) => [
    `complete -c ferry -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
    ...seconds.map((second) => `complete -c ferry -n '__fish_seen_subcommand_from ${name}' -a ${second}`),
    ...flags.map(
      ({ flag, description: what }) =>
        `complete -c ferry -n '__fish_seen_subcommand_from ${name}' -l ${flag.replace(/^--/, '')} -d ${quoted(what)}`,
    ),
  ]);
  return `# fish completion for ferry\n${lines.join('\n')}\n`;
}
