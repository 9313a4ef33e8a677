/** Flags that several commands about transfers share. */
import type { Command } from 'commander';
import { durationFlag } from './values';

/** `--account` and `--consumer`: whom to speak as. */
export function addAccountFlags(command: Command): Command {
  return command
    .option('--account <name>', 'account of ferry.toml (default: its defaultAccount)')
    .option('--consumer <name>', "consumer to speak as (default: the account's)");
}

/** `--by` and `--why`: who asks, and why. */
export function addAskedFlags(command: Command): Command {
  return command
    .option('--by <who>', 'who asks, kept with the receipt and in the audit log (default: user@host)')
    .option('--why <text>', 'why, kept there as well');
}

/** `--deadline`: how long a transfer may take before it parks. */
export function addDeadlineFlag(command: Command): Command {
  return command.option('--deadline <time>', 'park it when it has taken this long (default: 7d)', durationFlag);
}

/** `--timeout`: how long the command follows; what it follows goes on. */
export function addTimeoutFlag(command: Command, goesOn: string): Command {
  return command.option('--timeout <time>', `stop following after this long, exit 5; ${goesOn}`, durationFlag);
}
