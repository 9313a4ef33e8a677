import type { CommandDefinition } from '../shared/command';

import { addAskedFlags, addDeadlineFlag, addTimeoutFlag } from '../shared/flags/transfer-flags';
import type * as Fetch from './run';

export const fetchCommand: CommandDefinition = {
  usage: 'fetch <id-or-path>',
  description: 'fetch the file of a transfer, or of a relativePath',
  addFlags: (command) => {
    command
      .option('--to <path>', 'file to write, or an existing directory (required)')
      .option('--account <name>', 'account of ferry.toml, with a relativePath')
      .option('--consumer <name>', 'consumer to whom the file belongs, with a relativePath')
      .option('--host <host>', 'write it on this host')
      .option('--detach', 'start it and leave');
    return addAskedFlags(addTimeoutFlag(addDeadlineFlag(command), 'it goes on'));
  },
  examples: [
    'ferry fetch acme-plan-7kq2 --to /data/in',
    'ferry fetch /v1/AUTH_async-images/12345678/8d5e.JPG --account acme --to plan.jpg',
  ],
  load: () => (require('./run') as typeof Fetch).runFetch,
};
