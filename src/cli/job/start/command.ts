import { Option, type Command } from 'commander';
import { JOB_ORDERS } from '../../../jobs/types';
import type { CommandDefinition } from '../../shared/command';
import { addAccountFlags, addDeadlineFlag, addTimeoutFlag } from '../../shared/flags/transfer-flags';
import { hostsFlag, lanesFlag, repeatedFlag } from '../../shared/flags/values';
import type * as Start from './run';

export const startCommand: CommandDefinition = {
  usage: 'start <manifest>',
  description: 'send the files of a manifest or a directory as one job and follow it',
  addFlags: (command) =>
    addTimeoutFlag(addDeadlineFlag(addRunFlags(addLineFlags(addAccountFlags(command)))), 'the job goes on'),
  help: `
A manifest is CSV with a header, or JSON Lines, in UTF-8. Its columns are source, account, consumer, conversation, caption
and fetchTo; only source is required. All lines are checked before anything is sent. The same command again sends nothing
twice.
`,
  examples: [
    'ferry job start january.csv --dry-run',
    "ferry job start january.csv --caption 'Photo {name}' --skip-bad",
    "ferry job start photos --recursive --glob '*.jpg' --order size --detach",
  ],
  load: () => (require('./run') as typeof Start).runJobStart,
};

/** The defaults for lines without a value of their own, and the selection of lines. */
function addLineFlags(command: Command): Command {
  return command
    .option('--name <name>', 'name of the job (default: that of the manifest or directory)')
    .option('--conversation <id>', "an open conversation to use (default: the consumer's open one, or a new one)")
    .option('--caption <text>', 'caption of each message; {name}, {line} and {COLUMN} are filled in')
    .option('--fetch-to <dir>', 'fetch every file back into this directory and compare')
    .option('--glob <pattern>', 'of a directory: only files with such a name; may be given several times', repeatedFlag)
    .option('--recursive', 'of a directory: also what is in its directories')
    .addOption(new Option('--order <order>', 'in which order files are sent').choices(JOB_ORDERS))
    .option('--skip-bad', 'send the rest when some lines are refused (exit 3)')
    .option('--again', 'send files again that were already sent');
}

function addRunFlags(command: Command): Command {
  return command
    .option('--lanes <count>', 'pages under way at the same time (default: 8 for each host)', lanesFlag)
    .option('--ordered', 'publish strictly in the order of the lines')
    .option('--verify', 'fetch every file back and compare, keep nothing')
    .option('--hosts <list>', 'hosts that have the files under the same paths (default: this one)', hostsFlag)
    .option('--by <who>', 'who asks, shown by its status (default: user@host)')
    .option('--why <text>', 'why, shown by its status')
    .option('--dry-run', 'print what would be sent, skipped and refused; start nothing')
    .option('--detach', 'start the job, print its status and leave');
}
