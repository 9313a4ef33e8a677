import type { CommandDefinition } from '../../shared/command';
import { addAskedFlags } from '../../shared/flags/transfer-flags';
import { lanesFlag } from '../../shared/flags/values';
import { TAKES_EFFECT_LATER } from '../../shared/steer/flags';
import type * as Run from './run';

export const setCommand: CommandDefinition = {
  usage: 'set <job>',
  description: 'change how many pages of a job are under way at the same time',
  addFlags: (command) => addAskedFlags(command).requiredOption('--lanes <count>', 'from 1 to 64', lanesFlag),
  help: TAKES_EFFECT_LATER,
  examples: ['ferry job set acme-january-0k3v --lanes 16'],
  load: () => (require('./run') as typeof Run).runJobSet,
};
