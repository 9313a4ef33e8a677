import type { CommandDefinition } from '../shared/command';
import { addSelectionFlags } from '../shared/steer/flags';
import type * as Retry from './run';

export const retryCommand: CommandDefinition = {
  usage: 'retry [ids...]',
  description: 'go on with parked transfers where they stood',
  addFlags: (command) =>
    addSelectionFlags(command).option(
      '--host <host>',
      'go on on this host, once its copy of the file has been compared',
    ),
  help: 'A parked transfer waits for a person: `ferry list --parked` says why, and what to do.',
  examples: [
    'ferry retry acme-plan-7kq2',
    'ferry retry --all --reason DISK_FULL',
    'ferry retry acme-plan --host other  its own host is gone; the same file lies there',
  ],
  load: () => (require('./run') as typeof Retry).runRetry,
};
