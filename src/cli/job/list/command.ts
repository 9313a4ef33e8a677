import type { CommandDefinition } from '../../shared/command';
import { countFlag, durationFlag } from '../../shared/flags/values';
import type * as List from './run';

export const listCommand: CommandDefinition = {
  usage: 'list',
  description: 'jobs, newest first',
  addFlags: (command) =>
    command
      .option('--account <name>', 'only those of this account')
      .option('--since <time>', 'only those started in this time, such as 24h', durationFlag)
      .option('--limit <count>', 'the most jobs to list (default: 50)', countFlag),
  examples: ['ferry job list', 'ferry job list --json | jq -r \'select(.state == "running") | .jobId\''],
  load: () => (require('./run') as typeof List).runJobList,
};
