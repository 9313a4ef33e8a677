import type { CommandDefinition } from '../../shared/command';
import { addTimeoutFlag } from '../../shared/flags/transfer-flags';
import type * as Watch from './run';

export const watchCommand: CommandDefinition = {
  usage: 'watch <job>',
  description: 'follow a job to its end',
  addFlags: (command) => addTimeoutFlag(command, 'the job goes on'),
  examples: [
    'ferry job watch acme-january-0k3v',
    'ferry job watch acme-january --timeout 5m',
    'ferry job watch acme-january --json     one event a line, then the status at the end',
  ],
  load: () => (require('./run') as typeof Watch).runJobWatch,
};
