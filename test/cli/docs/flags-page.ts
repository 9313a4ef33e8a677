/** The flags of every command as docs/operating.md lists them, so that page and program cannot differ. */
import type { Command } from 'commander';

/** Flags that every command has, told once. */
const COMMON: ReadonlySet<string> = new Set(['--json', '--state', '--config', '--help']);

export function flagsPage(program: Command): string {
  const rows = program.commands.flatMap((command) =>
    command.options
      .filter(({ long }) => !COMMON.has(long ?? ''))
      .map(({ flags, description }) => `| \`ferry ${command.name()} ${flags}\` | ${cell(description)} |`),
  );
  return ['| Flag | Meaning |', '| --- | --- |', ...rows].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
