import type { Command } from 'commander';
import type { CommandDefinition } from '../../shared/command';
import { durationFlag } from '../../shared/flags/values';
import { thenFlag } from './then';
import type * as Add from './run';

export const addCommand: CommandDefinition = {
  usage: 'add <name> <words...>',
  description: 'make a schedule, on the host that has the files',
  addFlags: addTimes,
  help: `
After -- come the directory or manifest, and options of ferry job start for its lines.

Examples:
  $ ferry schedule add inbox --every 15m -- /srv/inbox --glob '*.jpg'
  $ ferry schedule add report --cron '0 7 * * 1-5' --timezone Europe/Berlin --then move:/srv/sent -- /srv/reports
`,
  load: () => (require('./run') as typeof Add).runScheduleAdd,
};

function addTimes(command: Command): Command {
  return command
    .option('--every <time>', 'run so often, such as 15m; counted from midnight UTC', durationFlag)
    .option(
      '--cron <times>',
      "run at these times: minute, hour, day of the month, month, weekday, such as '0 7 * * 1-5'",
    )
    .option('--timezone <zone>', 'time zone of --cron, such as Europe/Berlin (default: UTC)')
    .option('--settle <time>', 'send a file when it has not changed for so long (default: 10s)', durationFlag)
    .option('--then <what>', 'when a file was sent: leave, delete or move:DIR (default: leave)', thenFlag)
    .option('--catch-up <time>', 'run late by at most this, after Temporal was away (default: 24h)', durationFlag)
    .option('--pause-on-failure', 'pause the schedule when a run fails');
}
