import type { CommandDefinition } from '../../shared/command';
import { addScheduleFlags } from '../shared/flags';
import type * as Add from './run';

export const addCommand: CommandDefinition = {
  usage: 'add <name> <words...>',
  description: 'make a schedule, on the host that has the files',
  addFlags: addScheduleFlags,
  help: 'After -- come the directory or manifest, and options of ferry job start for its lines.',
  examples: [
    "ferry schedule add inbox --every 15m -- /srv/inbox --glob '*.jpg'",
    "ferry schedule add report --cron '0 7 * * 1-5' --timezone Europe/Berlin --then move:/srv/sent -- /srv/reports",
  ],
  load: () => (require('./run') as typeof Add).runScheduleAdd,
};
