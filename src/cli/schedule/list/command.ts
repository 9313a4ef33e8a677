import type { CommandDefinition } from '../../shared/command';
import type * as List from './run';

export const listCommand: CommandDefinition = {
  usage: 'list',
  description: 'all schedules: next times, last run, and what did not happen',
  examples: ['ferry schedule list', "ferry schedule list --json | jq 'select(.missed > 0 or .skipped > 0)'"],
  load: () => (require('./run') as typeof List).runScheduleList,
};
