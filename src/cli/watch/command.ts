import type { CommandDefinition } from '../shared/command';
import { addTimeoutFlag } from '../shared/flags/transfer-flags';
import type * as Watch from './run';

export const watchCommand: CommandDefinition = {
  usage: 'watch <id>',
  description: 'follow a transfer to its end',
  addFlags: (command) => addTimeoutFlag(command, 'the transfer goes on'),
  examples: [
    'ferry watch acme-plan-7kq2',
    'ferry watch acme-plan --timeout 5m',
    'ferry watch acme-plan --json        one event a line, then the receipt or the error',
  ],
  load: () => (require('./run') as typeof Watch).runWatch,
};
