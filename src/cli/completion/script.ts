import type { Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function isShell(word: string): word is Shell {
  return (SHELLS as readonly string[]).includes(word);
}

interface CommandWords {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly { readonly flag: string; readonly description: string }[];
}

export function completionScript(program: Command, shell: Shell): string {
  const commands = program.commands.map(wordsOf);
  if (shell === 'fish') return fishScript(commands);
  return shell === 'zsh' ? zshScript(commands) : bashScript(commands);
}

function wordsOf(command: Command): CommandWords {
  return {
    name: command.name(),
    description: command.description(),
    flags: command.options.flatMap(({ long, description }) =>
      typeof long !== 'string' ? [] : [{ flag: long, description }],
    ),
  };
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function bashScript(commands: readonly CommandWords[]): string {
  const cases = commands
    .map(({ name, flags }) => `    ${name}) words=${quoted(flags.map(({ flag }) => flag).join(' '))} ;;`)
    .join('\n');
  return `# bash completion for ferry: source <(ferry completion bash)
_ferry() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=''
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted(commands.map(({ name }) => name).join(' '))} -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases}
  esac
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
    .map(({ name, flags }) => {
      const specs = flags.map(({ flag, description }) => quoted(`${flag}[${plain(description)}]`)).join(' ');
      return `    ${name}) _arguments ${specs} '*:file:_files' ;;`;
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
  const lines = commands.flatMap(({ name, description, flags }) => [
    `complete -c ferry -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
    ...flags.map(
      ({ flag, description: what }) =>
        `complete -c ferry -n '__fish_seen_subcommand_from ${name}' -l ${flag.replace(/^--/, '')} -d ${quoted(what)}`,
    ),
  ]);
  return `# fish completion for ferry\n${lines.join('\n')}\n`;
}
