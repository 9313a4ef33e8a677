/** The flags of every command as docs/operating.md lists them, so that page and program cannot differ. */
import type { Command } from 'commander';

/** Flags that every command has, told once. */
const COMMON: ReadonlySet<string> = new Set(['--json', '--state', '--config', '--help']);

export function flagsPage(program: Command): string {
  const rows = leavesOf(program).flatMap(({ name, command }) =>
    command.options
      .filter(({ long, flags }) => !COMMON.has(long ?? '') || flags === '--state <states>')
      .map(({ flags, description }) => `| \`ferry ${name} ${flags}\` | ${cell(description)} |`),
  );
  return ['| Flag | Meaning |', '| --- | --- |', ...rows].join('\n');
}

/** All commands that do something, with their names after `ferry`. */
export function leavesOf(program: Command): readonly { readonly name: string; readonly command: Command }[] {
  return program.commands.flatMap((command) =>
    command.commands.length === 0
      ? [{ name: command.name(), command }]
      : leavesOf(command).map((leaf) => ({ ...leaf, name: `${command.name()} ${leaf.name}` })),
  );
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
