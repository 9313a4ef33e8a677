import type { Command } from 'commander';
import type { CommandDefinition } from '../../shared/command';
import { addScheduleFlags } from '../shared/flags';
import type * as Update from './run';

export const updateCommand: CommandDefinition = {
  usage: 'update <name> [words...]',
  description: 'change a schedule; what is not given stays',
  addFlags: (command: Command) =>
    addScheduleFlags(command).option('--no-pause-on-failure', 'do not pause the schedule when a run fails'),
  help: `
Its counts, its last runs and a pause stay. What comes after -- replaces the directory or manifest with all its options.
A run that is under way goes on as it began.
`,
  examples: [
    'ferry schedule update inbox --every 1h',
    'ferry schedule update report --timezone Europe/Paris',
    "ferry schedule update inbox --then delete -- /srv/inbox --glob '*.png'",
  ],
  load: () => (require('./run') as typeof Update).runScheduleUpdate,
};
