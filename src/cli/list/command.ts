import type { CommandDefinition } from '../shared/command';
import { countFlag, durationFlag } from '../shared/flags/values';
import type * as List from './run';

export const listCommand: CommandDefinition = {
  usage: 'list',
  description: 'transfers and jobs, newest first',
  addFlags: (command) =>
    command
      .option('--running', 'only those that run')
      .option('--waiting', 'only those that wait for something that heals by itself')
      .option('--parked', 'only those that wait for a person')
      .option('--failed', 'only those that failed')
      .option('--done', 'only those that are done')
      .option('--account <name>', 'only those of this account')
      .option('--since <time>', 'only those started in this time, such as 24h', durationFlag)
      .option('--limit <count>', 'the most transfers to list (default: 50)', countFlag),
  examples: [
    'ferry list',
    'ferry list --waiting --failed --since 24h',
    'ferry list --json --limit 1000 | jq -r .transferId',
  ],
  load: () => (require('./run') as typeof List).runList,
};
