import type { Command } from 'commander';
import type { Asked, SendChoices } from '../../contract';
import type { CommandDefinition } from '../shared/command';
import { addAccountFlags, addAskedFlags, addDeadlineFlag, addTimeoutFlag } from '../shared/flags/transfer-flags';
import { typeFlag } from '../shared/flags/values';
import type * as Send from './run';

export const sendCommand: CommandDefinition = {
  usage: 'send [files...]',
  description: 'send files into a conversation and follow them',
  addFlags: (command) =>
    addAskedFlags(addTimeoutFlag(addDeadlineFlag(addOwnFlags(addAccountFlags(command))), 'the transfers go on')),
  help: 'All files are looked at before any is sent. The same command again sends nothing twice.',
  examples: [
    'ferry send plan.jpg',
    'ferry send a.jpg b.png --fetch-to out --json',
    "ferry send plan.jpg --account acme --conversation 3f1c... --caption 'The plan'",
    "find out -name '*.jpg' -print0 | ferry send --files-from - --skip-bad",
    'ferry send *.png --detach           start them, follow later with ferry watch',
  ],
  load: () => (require('./run') as typeof Send).runSend,
};

/** What `addOwnFlags` and the shared flags give; times in milliseconds. */
export interface SendOptions extends Partial<Omit<SendChoices, 'sendAs'>>, Asked {
  readonly account?: string;
  readonly consumer?: string;
  readonly conversation?: string;
  readonly fetchTo?: string;
  readonly verify?: boolean;
  readonly detach?: boolean;
  readonly again?: boolean;
  readonly id?: string;
  readonly host?: string;
  readonly dryRun?: boolean;
  readonly filesFrom?: string;
  readonly skipBad?: boolean;
  readonly as?: string;
  readonly deadline?: number;
  readonly timeout?: number;
}

function addOwnFlags(command: Command): Command {
  return command
    .option('--conversation <id>', "an open conversation to use (default: the consumer's open one, or a new one)")
    .option('--caption <text>', 'caption of the message, at most 1,000 characters')
    .option('--fetch-to <dir>', 'fetch every file back into this directory and compare')
    .option('--verify', 'fetch every file back and compare, keep nothing')
    .option('--detach', 'start the transfers, print one status for each file, and end')
    .option('--again', 'send files again that were already sent')
    .option('--id <id>', 'id of the transfer (one file only)')
    .option('--host <host>', 'the files lie on this host; paths are its own')
    .option('--dry-run', 'print what would be sent where; start nothing')
    .option('--files-from <file>', 'read file names from FILE or - (one a line, or NUL separated)')
    .option('--as <type>', 'send the files as this type, whatever their content looks like', typeFlag)
    .option('--skip-bad', 'send the rest when some files are refused (exit 3)');
}
