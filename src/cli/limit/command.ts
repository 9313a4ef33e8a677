import type { CommandDefinition } from '../shared/command';
import { amountFlag, countFlag, durationFlag, rateFlag } from '../shared/flags/values';
import type * as Limit from './run';

export const limitCommand: CommandDefinition = {
  usage: 'limit <account>',
  description: 'show the limits of an account, or change them for all workers at once',
  addFlags: (command) =>
    command
      .option('--requests <n>', 'login, sign-up and socket requests under way at once', countFlag)
      .option('--transfers <n>', 'requests to storage under way at once', countFlag)
      .option('--requests-per-second <n>', 'login, sign-up and socket requests a second', rateFlag)
      .option('--bytes-per-second <amount>', 'bytes of files a second, such as 10M; off: no limit', amountFlag)
      .option('--for <time>', 'how long the change holds, such as 2h; without it: until the next one', durationFlag)
      .option('--clear', 'end the change: the configuration holds again')
      .option('--reason <text>', 'why, for those who ask later'),
  help: `
Without flags it shows the limits, who has leased how much of them, what is in use, the last 429 and who changed what.
A change adds to one that holds already. Workers hold it within seconds, for new requests.
`,
  examples: [
    'ferry limit acme',
    'ferry limit acme --transfers 2 --for 2h --reason "complaint of the storage team"',
    'ferry limit acme --clear --reason "storage is well again"',
  ],
  load: () => (require('./run') as typeof Limit).runLimit,
};
