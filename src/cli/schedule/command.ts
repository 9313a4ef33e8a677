import type { CommandGroup } from '../shared/command';
import { addCommand } from './add/command';
import { listCommand } from './list/command';
import { updateCommand } from './update/command';
import { pauseCommand, removeCommand, resumeCommand, triggerCommand } from './steer/command';

/** In the order in which `ferry schedule --help` lists them. */
export const scheduleCommands: CommandGroup = {
  name: 'schedule',
  description: 'send what lies in a directory, again and again',
  help: 'At each of its times a schedule looks at the directory and sends as one job what this host has not sent. See docs/schedules.md.',
  examples: [
    "ferry schedule add inbox --every 15m -- /srv/inbox --glob '*.jpg'",
    "ferry schedule add report --cron '0 7 * * 1-5' --timezone Europe/Berlin -- /srv/reports",
    'ferry schedule list',
  ],
  commands: [addCommand, listCommand, updateCommand, pauseCommand, resumeCommand, triggerCommand, removeCommand],
};
