/** Commands that set up, check and explain: their flags and help. */
import type * as Init from '../commands/init';
import type * as Doctor from '../commands/doctor';
import type * as Explain from '../commands/explain';
import type * as Completion from '../commands/completion';
import type { Command } from 'commander';
import type { AddCommand } from './add-command';

const load = {
  init: () => (require('../commands/init') as typeof Init).runInit,
  doctor: () => (require('../commands/doctor') as typeof Doctor).runDoctor,
  explain: () => (require('../commands/explain') as typeof Explain).runExplain,
  completion: () => (require('../commands/completion') as typeof Completion).completionOf,
};

export function addHelpCommands(add: AddCommand, program: Command): void {
  add('init <name>', 'write ferry.toml and seal.key for an account, and say what to do next', load.init).addHelpText(
    'after',
    `
Examples:
  $ ferry init acme                     in the present directory; overwrites nothing
`,
  );
  add('doctor', 'check everything that a transfer needs; changes nothing', load.doctor)
    .option('--account <name>', 'account of ferry.toml (default: its defaultAccount)')
    .option('--consumer <name>', "consumer to speak as (default: the account's)")
    .addHelpText(
      'after',
      `
ok: fine. !!: works, but. NO: does not work, with the remedy (exit 3).

Examples:
  $ ferry doctor
  $ ferry doctor --account acme
`,
    );
  add('explain <code>', 'what an error code means, what Ferry does, what you can do', load.explain).addHelpText(
    'after',
    `
Examples:
  $ ferry explain URL_REFUSED
`,
  );
  add('completion <shell>', 'completion script for bash, zsh or fish', () => load.completion()(program)).addHelpText(
    'after',
    `
Examples:
  $ source <(ferry completion bash)
  $ ferry completion fish > ~/.config/fish/completions/ferry.fish
`,
  );
}
