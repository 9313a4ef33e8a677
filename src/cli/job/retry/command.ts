import type { CommandDefinition } from '../../shared/command';
import { addAskedFlags } from '../../shared/flags/transfer-flags';
import { codeFlag } from '../../shared/flags/values';
import { TAKES_EFFECT_LATER } from '../../shared/steer/flags';
import type * as Run from './run';

export const retryCommand: CommandDefinition = {
  usage: 'retry <job>',
  description: 'run the failed and parked lines of a job again, as another pass',
  addFlags: (command) =>
    addAskedFlags(command).option('--reason <code>', 'only lines with this error, such as DISK_FULL', codeFlag),
  help: `
A job that is parked as a whole goes on where it stood. A job that has ended begins again with these lines.
${TAKES_EFFECT_LATER}
`,
  examples: ['ferry job retry acme-january-0k3v', 'ferry job retry acme-january --reason CREDENTIALS_REFUSED'],
  load: () => (require('./run') as typeof Run).runJobRetry,
};
