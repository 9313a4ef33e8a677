import type { CommandDefinition } from '../../shared/command';
import { addAskedFlags } from '../../shared/flags/transfer-flags';
import { TAKES_EFFECT_LATER } from '../../shared/steer/flags';
import type * as Run from './run';

export const cancelCommand: CommandDefinition = {
  usage: 'cancel <job>',
  description: 'end a job; publishes under way may finish, and the same start goes on later',
  addFlags: addAskedFlags,
  help: TAKES_EFFECT_LATER,
  examples: ['ferry job cancel acme-january-0k3v'],
  load: () => (require('./run') as typeof Run).runJobCancel,
};
